import type { Account } from '../../generated/prisma/client.ts'
import type { Caller } from '../../platform/caller.ts'
import type { Deps } from '../../platform/deps.ts'
import type { Prisma } from '../../platform/prisma.ts'

/** The caller's own account with what they select; null for guests and gate devices. */
export const findMe = async (
  deps: Pick<Deps, 'prisma'>,
  caller: Caller,
  query: Pick<Prisma.AccountFindUniqueArgs, 'include' | 'select'>,
): Promise<Account | null> =>
  caller.kind === 'account'
    ? deps.prisma.account.findUnique({ ...query, where: { id: caller.accountId } })
    : null
