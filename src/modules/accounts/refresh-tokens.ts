import { createHash, randomBytes } from 'node:crypto'
import { parseId } from '../../platform/ids.ts'

const FORM = /^([0-9a-f-]{36})\.[\w-]{43}$/

/** A new token of a session: opaque to clients, 256 random bits. */
export const newRefreshToken = (sessionId: string): string =>
  `${sessionId}.${randomBytes(32).toString('base64url')}`

/** The session that a token names, or null for what is no token. Not yet a proof of anything. */
export const sessionOf = (refreshToken: string): string | null => parseId(FORM.exec(refreshToken)?.[1])

/** What is stored of a token. A plain hash will do: its 256 random bits cannot be guessed. */
export const hashToken = (token: string): Buffer<ArrayBuffer> => createHash('sha256').update(token).digest()
