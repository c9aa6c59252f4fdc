import { v7 } from 'uuid'
import { systemClock } from './clock.ts'
import { fewRandomBytes } from './random-bytes.ts'

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i
// Crockford's alphabet: no I, L, O, U, so a code survives being read aloud.
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

/** The one source of ids: uuid v7 (RFC 9562), so that new rows land at the end of every index. */
export function newId(): string {
  const random = fewRandomBytes(16)
  const now = systemClock.now().getTime()
  if (now > latest) {
    latest = now
    // Half of the range at most, so that what is made in this millisecond does not come round.
    count = ((random[0] ?? 0) << 23) | ((random[1] ?? 0) << 15) | ((random[2] ?? 0) << 7)
  } else count += 1
  return v7({ random, msecs: latest, seq: count })
}

// Ids of one millisecond are counted, so that each is greater than the one before it.
let latest = 0
let count = 0

/** An id as a client sent it, or null when it cannot name any row. */
export const parseId = (id: string | null | undefined): string | null =>
  id && UUID.test(id) ? id.toLowerCase() : null

/** An id as its 16 bytes, for a token that has to be short. */
export const idBytes = (id: string): Buffer => Buffer.from(id.replaceAll('-', ''), 'hex')

/** The id whose 16 bytes stand at this place; not one if there are fewer. */
export function idAt(bytes: Buffer, at: number): string {
  const hex = bytes.toString('hex', at, at + 16)
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}

/** A code for people: `length` characters of Crockford's base 32, 5 bits each, not guessable. */
export function humanCode(length: number): string {
  let code = ''
  // 256 is a multiple of 32, so each character is as likely as any other.
  for (const byte of fewRandomBytes(length)) code += ALPHABET[byte & 31]
  return code
}

/** Ten characters are read aloud in two breaths. */
export const spacedCode = (code: string): string => code.replace(/^(.{5})(.{5})$/, '$1 $2')
