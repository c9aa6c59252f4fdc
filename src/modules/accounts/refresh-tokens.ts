import { createHash, createHmac, randomBytes } from 'node:crypto'
import { parseId } from '../../platform/ids.ts'
import { sameSecret } from '../../platform/same-secret.ts'
import type { Settings } from '../../platform/settings.ts'

type Secrets = Pick<Settings, 'jwtSecret'>

const FORM = /^([0-9a-f-]{36})\.([\w-]{43})$/
const HALF_BYTES = 16

/** A first token of a session: opaque to clients, 128 random bits and a mark of 128 that only we can make. */
export const newRefreshToken = (secrets: Secrets, sessionId: string): string =>
  tokenOf(secrets, sessionId, randomBytes(HALF_BYTES))

/** What a token is traded for: always the same, so that nobody needs to store it, and known to nobody without our secret. */
export const successorOf = (secrets: Secrets, sessionId: string, refreshToken: string): string =>
  tokenOf(secrets, sessionId, halfOf(secrets, 'after', refreshToken))

/** The session that a token names, or null for what is no token. Not yet a proof of anything. */
export const sessionOf = (refreshToken: string): string | null => parseId(FORM.exec(refreshToken)?.[1])

/**
 * Whether we issued this token for the session that it names, then or now. False as well for one that was issued under
 * another JWT_SECRET, and for those of releases without the mark.
 */
export function isIssued(secrets: Secrets, refreshToken: string): boolean {
  const [, id, content] = FORM.exec(refreshToken) ?? []
  const sessionId = parseId(id)
  if (!sessionId || !content) return false
  const value = Buffer.from(content, 'base64url').subarray(0, HALF_BYTES)
  return sameSecret(tokenOf(secrets, sessionId, value), refreshToken)
}

/** What is stored of a token. A plain hash will do: its random bits cannot be guessed. */
export const hashToken = (token: string): Buffer<ArrayBuffer> => createHash('sha256').update(token).digest()

function tokenOf(secrets: Secrets, sessionId: string, value: Buffer): string {
  const mark = halfOf(secrets, `of ${sessionId}`, value)
  return `${sessionId}.${Buffer.concat([value, mark]).toString('base64url')}`
}

const halfOf = ({ jwtSecret }: Secrets, use: string, data: string | Buffer): Buffer =>
  createHmac('sha256', jwtSecret)
    .update(`karcis refresh ${use} `)
    .update(data)
    .digest()
    .subarray(0, HALF_BYTES)
