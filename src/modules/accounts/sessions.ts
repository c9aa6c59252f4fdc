import type { Account } from '../../generated/prisma/client.ts'
import { addSeconds } from '../../platform/clock.ts'
import type { Deps } from '../../platform/deps.ts'
import { newId } from '../../platform/ids.ts'
import { networkHash, networkOf } from '../../platform/network.ts'
import type { Tx } from '../../platform/prisma.ts'
import type { Settings } from '../../platform/settings.ts'
import { signAccessToken } from './access-tokens.ts'
import { hashToken, newRefreshToken } from './refresh-tokens.ts'

type SessionDeps = Pick<Deps, 'settings' | 'clock'>

/** What signing in answers. Nothing of it can be read again later. */
export interface SessionView {
  readonly accessToken: string
  readonly accessTokenExpiresAt: Date
  readonly refreshToken: string
  readonly account: Account
}

/** Signs one more device of the account in. */
export async function openSession(
  deps: SessionDeps,
  tx: Tx,
  account: Account,
  clientIp: string,
): Promise<SessionView> {
  const id = newId()
  const refreshToken = newRefreshToken(deps.settings, id)
  await tx.session.create({
    data: {
      id,
      accountId: account.id,
      refreshTokenHash: hashToken(refreshToken),
      networkKey: networkKeyOf(deps.settings, networkOf(clientIp)),
      createdAt: deps.clock.now(),
      expiresAt: sessionExpiry(deps),
    },
  })
  return sessionView(deps, { sessionId: id, account, refreshToken })
}

/** What is stored of the network that a session was opened from. */
export const networkKeyOf = ({ jwtSecret }: Pick<Settings, 'jwtSecret'>, network: string) =>
  networkHash(jwtSecret, 'of sessions', network)

/** The end of a session that is not refreshed before. */
export const sessionExpiry = (deps: SessionDeps): Date =>
  addSeconds(deps.clock.now(), deps.settings.refreshTokenTtlSeconds)

/** A session with a fresh access token. */
export async function sessionView(
  deps: SessionDeps,
  session: { sessionId: string; account: Account; refreshToken: string },
): Promise<SessionView> {
  const { sessionId, account, refreshToken } = session
  const access = await signAccessToken(deps, { accountId: account.id, sessionId })
  return { accessToken: access.token, accessTokenExpiresAt: access.expiresAt, refreshToken, account }
}
