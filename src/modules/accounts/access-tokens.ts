import { type CryptoKey, errors, jwtVerify, SignJWT } from 'jose'
import { addSeconds } from '../../platform/clock.ts'
import type { Deps } from '../../platform/deps.ts'
import { Unauthenticated } from '../../platform/errors.ts'
import { parseId } from '../../platform/ids.ts'
import type { Settings } from '../../platform/settings.ts'

type TokenDeps = Pick<Deps, 'settings' | 'clock'>

/** Whom an access token speaks for. */
export interface AccessClaims {
  readonly accountId: string
  readonly sessionId: string
}

const ALGORITHM = 'HS256'
const TYPE = 'at+jwt'
const ISSUER = 'karcis'
const AUDIENCE = 'karcis-api'

// Importing a key costs more than using it.
const keys = new WeakMap<Settings, Promise<CryptoKey>>()

/** What a token that is not good, for whatever reason, is answered with. */
export const badAccessToken = (): Unauthenticated =>
  new Unauthenticated('The access token is not valid. Sign in again.')

/** A short-lived JWT (RFC 9068's type) for one session. */
export async function signAccessToken(
  deps: TokenDeps,
  claims: AccessClaims,
): Promise<{ token: string; expiresAt: Date }> {
  // A JWT counts whole seconds; the answer must not promise more than the token holds.
  const issued = Math.floor(deps.clock.now().getTime() / 1000)
  const expires = issued + deps.settings.accessTokenTtlSeconds
  const token = await new SignJWT({ sid: claims.sessionId })
    .setProtectedHeader({ alg: ALGORITHM, typ: TYPE })
    .setSubject(claims.accountId)
    .setIssuer(ISSUER)
    .setAudience(AUDIENCE)
    .setIssuedAt(issued)
    .setExpirationTime(expires)
    .sign(await keyOf(deps.settings))
  return { token, expiresAt: addSeconds(new Date(0), expires) }
}

/** Reads a token that signAccessToken made. Throws Unauthenticated for anything else and for one past its time. */
export async function verifyAccessToken(deps: TokenDeps, token: string): Promise<AccessClaims> {
  const key = await keyOf(deps.settings)
  // Everything is pinned here; the token's own header chooses nothing.
  const verified = await jwtVerify<{ sid?: unknown }>(token, key, {
    algorithms: [ALGORITHM],
    typ: TYPE,
    issuer: ISSUER,
    audience: AUDIENCE,
    requiredClaims: ['sub', 'sid', 'exp'],
    currentDate: deps.clock.now(),
  }).catch((error: unknown) => {
    // What is no fault of the token's is ours.
    throw error instanceof errors.JOSEError ? badAccessToken() : error
  })
  const { sub, sid } = verified.payload
  const accountId = parseId(sub)
  const sessionId = typeof sid === 'string' ? parseId(sid) : null
  if (!accountId || !sessionId) throw badAccessToken()
  return { accountId, sessionId }
}

function keyOf(settings: Settings): Promise<CryptoKey> {
  const known = keys.get(settings)
  if (known) return known
  const secret = new TextEncoder().encode(settings.jwtSecret)
  const key = crypto.subtle.importKey('raw', secret, { name: 'HMAC', hash: 'SHA-256' }, false, [
    'sign',
    'verify',
  ])
  keys.set(settings, key)
  return key
}
