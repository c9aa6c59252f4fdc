import type { Account } from '../../generated/prisma/client.ts'
import type { Deps } from '../../platform/deps.ts'
import { type LoginInput, parseLogin } from './account-input.ts'
import { InvalidCredentials, LockedOut } from './errors.ts'
import type { LoginThrottle } from './login-throttle.ts'
import { verifyPassword } from './passwords.ts'
import { openSession, type SessionView } from './sessions.ts'

type LoginDeps = Deps & { readonly loginThrottle: LoginThrottle }

/**
 * Signs an account in. Throws ValidationFailed, LockedOut after too many failures, InvalidCredentials for an unknown
 * e-mail as for a wrong password, and Busy.
 */
export async function login(deps: LoginDeps, input: LoginInput, clientIp: string): Promise<SessionView> {
  const { email, password } = parseLogin(input)
  const refusal = await deps.loginThrottle.consume(email, clientIp)
  if (refusal) throw new LockedOut(refusal.retryAfterSeconds)
  const account = await findByPassword(deps, email, password).catch(async (error: unknown) => {
    // Our failure is not the caller's: it must not lock anybody out.
    await deps.loginThrottle.undo(email, clientIp)
    throw error
  })
  if (!account) throw new InvalidCredentials()
  await deps.loginThrottle.succeed(email, clientIp)
  return openSession(deps, deps.prisma, account)
}

async function findByPassword(deps: Deps, email: string, password: string): Promise<Account | null> {
  const account = await deps.prisma.account.findUnique({ where: { email } })
  const right = await verifyPassword(account?.passwordHash ?? null, password)
  return right ? account : null
}
