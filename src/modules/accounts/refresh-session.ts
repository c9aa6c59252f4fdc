import type { Account } from '../../generated/prisma/client.ts'
import { addSeconds } from '../../platform/clock.ts'
import type { Deps } from '../../platform/deps.ts'
import { serializable } from '../../platform/serializable.ts'
import { InvalidCredentials } from './errors.ts'
import { hashToken, isIssued, sessionOf, successorOf } from './refresh-tokens.ts'
import { type SessionView, sessionExpiry, sessionView } from './sessions.ts'

// A browser with two tabs, or one that lost the answer, asks again within this.
const GRACE_SECONDS = 30
// Bounds the row, and how far a token is followed.
const MAX_RECENT = 16

/**
 * Trades a refresh token for its successor. The same token within 30 seconds gets the same successor, or what that has been
 * traded for meanwhile. Later it is a token that was stolen, or that a thief has used before, and ends the session for
 * both. A token that we never issued changes nothing. Throws InvalidCredentials.
 */
export async function refreshSession(deps: Deps, refreshToken: string): Promise<SessionView> {
  const sessionId = sessionOf(refreshToken)
  if (!sessionId) throw sessionOver()
  const next = (token: string) => successorOf(deps.settings, sessionId, token)
  // The answer is thrown only after the commit: thrown inside, it would roll the revocation back.
  const found = await serializable(deps, 'refreshSession', async (tx): Promise<Found | null> => {
    const now = deps.clock.now()
    const session = await tx.session.findUnique({ where: { id: sessionId }, include: { account: true } })
    if (!session || session.revokedAt || session.expiresAt <= now) return null
    const { account, refreshTokenHash, recentRefreshes } = session
    const recent = recentRefreshes.filter((at) => at > addSeconds(now, -GRACE_SECONDS)).slice(-MAX_RECENT)
    if (hashToken(refreshToken).equals(refreshTokenHash)) {
      const newest = next(refreshToken)
      await tx.session.update({
        where: { id: sessionId },
        data: {
          refreshTokenHash: hashToken(newest),
          expiresAt: sessionExpiry(deps),
          recentRefreshes: [...recent, now],
        },
      })
      return { account, refreshToken: newest }
    }
    // Of n recent refreshes the n-th token before the newest one was traded within the grace.
    let token = refreshToken
    for (const _ of recent) {
      token = next(token)
      if (hashToken(token).equals(refreshTokenHash)) return { account, refreshToken: token }
    }
    if (isIssued(deps.settings, refreshToken))
      await tx.session.update({ where: { id: sessionId }, data: { revokedAt: now } })
    return null
  })
  if (!found) throw sessionOver()
  return sessionView(deps, { sessionId, ...found })
}

interface Found {
  readonly account: Account
  readonly refreshToken: string
}

const sessionOver = () => new InvalidCredentials('The session is over. Sign in again.')
