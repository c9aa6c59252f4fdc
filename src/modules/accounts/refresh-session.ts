import type { Account } from '../../generated/prisma/client.ts'
import type { Deps } from '../../platform/deps.ts'
import { serializable } from '../../platform/serializable.ts'
import { InvalidCredentials } from './errors.ts'
import { hashToken, newRefreshToken, sessionOf } from './refresh-tokens.ts'
import { type SessionView, sessionExpiry, sessionView } from './sessions.ts'

/**
 * Trades a refresh token for a new one. Only the newest of a session is good: an older one was stolen, or was used by
 * a thief before, so it ends the session for both. Throws InvalidCredentials.
 */
export async function refreshSession(deps: Deps, refreshToken: string): Promise<SessionView> {
  const sessionId = sessionOf(refreshToken)
  if (!sessionId) throw sessionOver()
  const next = newRefreshToken(sessionId)
  // The answer is thrown only after the commit: thrown inside, it would roll the revocation back.
  const account = await serializable(deps, 'refreshSession', async (tx): Promise<Account | null> => {
    const now = deps.clock.now()
    const session = await tx.session.findUnique({ where: { id: sessionId }, include: { account: true } })
    if (!session || session.revokedAt || session.expiresAt <= now) return null
    const newest = hashToken(refreshToken).equals(session.refreshTokenHash)
    await tx.session.update({
      where: { id: sessionId },
      data: newest
        ? { refreshTokenHash: hashToken(next), expiresAt: sessionExpiry(deps) }
        : { revokedAt: now },
    })
    return newest ? session.account : null
  })
  if (!account) throw sessionOver()
  return sessionView(deps, { sessionId, account, refreshToken: next })
}

const sessionOver = () => new InvalidCredentials('The session is over. Sign in again.')
