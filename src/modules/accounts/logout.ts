import type { Deps } from '../../platform/deps.ts'
import { hashToken, isIssued, sessionOf } from './refresh-tokens.ts'

/**
 * Ends the session that the refresh token belongs to, at once for its access tokens too. A token that we did not issue for it,
 * and one of a session that is over, changes nothing and looks the same.
 */
export async function logout(
  deps: Pick<Deps, 'prisma' | 'clock' | 'settings'>,
  refreshToken: string,
): Promise<true> {
  const sessionId = sessionOf(refreshToken)
  if (sessionId) {
    // Also by an older token: a client that lost the answer to its last refresh holds one, and means it.
    const issued = isIssued(deps.settings, refreshToken)
    await deps.prisma.session.updateMany({
      where: {
        id: sessionId,
        revokedAt: null,
        ...(issued ? {} : { refreshTokenHash: hashToken(refreshToken) }),
      },
      data: { revokedAt: deps.clock.now() },
    })
  }
  return true
}
