import type { Organizer } from '../../generated/prisma/client.ts'
import type { Deps } from '../../platform/deps.ts'
import type { Prisma } from '../../platform/prisma.ts'
import { isLine } from './input-check.ts'
import { stillOpen } from './invitations.ts'

/** One organizer with what the caller selects; null for an unknown slug. */
export const findOrganizer = async (
  deps: Pick<Deps, 'prisma'>,
  slug: string,
  query: Pick<Prisma.OrganizerFindUniqueArgs, 'include' | 'select'>,
): Promise<Organizer | null> =>
  isLine(slug) ? deps.prisma.organizer.findUnique({ ...query, where: { slug } }) : null

export interface ListedOrganizer {
  readonly slug: string
  readonly name: string
  /** E-mails. */
  readonly owners: readonly string[]
  /** E-mails with an invitation that is still good. */
  readonly invited: readonly string[]
}

/** Every organizer with its owners, by slug. For operators on the server. */
export async function listOrganizers(deps: Pick<Deps, 'prisma' | 'clock'>): Promise<ListedOrganizer[]> {
  const rows = await deps.prisma.organizer.findMany({
    orderBy: { slug: 'asc' },
    include: {
      members: { where: { role: 'OWNER' }, include: { account: { select: { email: true } } } },
      invitations: { where: stillOpen(deps), select: { email: true } },
    },
  })
  return rows.map(({ slug, name, members, invitations }) => ({
    slug,
    name,
    owners: members.map(({ account }) => account.email),
    invited: invitations.map(({ email }) => email),
  }))
}
