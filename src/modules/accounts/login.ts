import type { Account } from '../../generated/prisma/client.ts'
import type { Deps } from '../../platform/deps.ts'
import { networkOf } from '../../platform/network.ts'
import { type LoginInput, parseLogin } from './account-input.ts'
import { InvalidCredentials, LockedOut } from './errors.ts'
import type { LoginAttempt, LoginThrottle } from './login-throttle.ts'
import { verifyPassword } from './passwords.ts'
import { isIssued, sessionOf } from './refresh-tokens.ts'
import { networkKeyOf, openSession, type SessionView } from './sessions.ts'

type LoginDeps = Deps & { readonly loginThrottle: LoginThrottle }

/**
 * Signs an account in. Throws ValidationFailed, LockedOut after too many failures, InvalidCredentials for an unknown
 * e-mail as for a wrong password, and Busy.
 */
export async function login(deps: LoginDeps, input: LoginInput, clientIp: string): Promise<SessionView> {
  const { email, emails, password, refreshToken } = parseLogin(input)
  const { account, known } = await findAccount(deps, emails, clientIp, refreshToken ?? '')
  const attempt = { email, ip: clientIp, hasAccount: account !== null, known }
  const pass = await deps.loginThrottle.consume(attempt)
  if ('retryAfterSeconds' in pass) {
    if (pass.asCostly) await verifyPassword(null, password)
    throw new LockedOut(pass.retryAfterSeconds)
  }
  const right = await verifyPassword(account?.passwordHash ?? null, password).catch(
    async (error: unknown) => {
      // Our failure is not the caller's: it must not lock anybody out.
      await deps.loginThrottle.undo(pass)
      throw error
    },
  )
  if (!account || !right) {
    throw pass.pausedSeconds === null ? new InvalidCredentials() : new LockedOut(pass.pausedSeconds)
  }
  await deps.loginThrottle.succeed(pass)
  return openSession(deps, deps.prisma, account, clientIp)
}

interface Found extends Pick<LoginAttempt, 'known'> {
  readonly account: Account | null
}

/** The account of an e-mail in one of its forms, and whether it signed in from this device or network before. */
async function findAccount(
  deps: Deps,
  emails: readonly string[],
  ip: string,
  refreshToken: string,
): Promise<Found> {
  const sessionId = isIssued(deps.settings, refreshToken) ? sessionOf(refreshToken) : null
  const networkKey = networkKeyOf(deps.settings, networkOf(ip))
  const rows = await deps.prisma.account.findMany({
    relationLoadStrategy: 'join',
    where: { email: { in: [...emails] } },
    include: { sessions: { where: { networkKey }, select: { id: true }, take: 1 } },
  })
  // What was typed letter by letter comes first: nobody can register that form any more.
  const found = emails.flatMap((email) => rows.filter((row) => row.email === email))[0]
  if (!found) return { account: null, known: null }
  const { sessions, ...account } = found
  const own = { id: sessionId ?? '', accountId: account.id }
  if (sessionId && (await deps.prisma.session.count({ where: own })) > 0)
    return { account, known: { sessionId } }
  return { account, known: sessions.length > 0 ? 'network' : null }
}
