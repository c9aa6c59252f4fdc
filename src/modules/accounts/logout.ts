import type { Deps } from '../../platform/deps.ts'
import { sessionOf } from './refresh-tokens.ts'

/**
 * Ends the session that the refresh token belongs to, at once for its access tokens too. An unknown token, or one of a
 * session that is over, changes nothing and looks the same.
 */
export async function logout(deps: Pick<Deps, 'prisma' | 'clock'>, refreshToken: string): Promise<true> {
  const sessionId = sessionOf(refreshToken)
  if (sessionId) {
    // By id and not by hash: a client that lost the answer to its last refresh holds an older token, and means it.
    await deps.prisma.session.updateMany({
      where: { id: sessionId, revokedAt: null },
      data: { revokedAt: deps.clock.now() },
    })
  }
  return true
}
