import { randomInt } from 'node:crypto'
import { v7 } from 'uuid'

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i
// Crockford's alphabet: no I, L, O, U, so a code survives being read aloud.
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

/** The one source of ids: uuid v7 (RFC 9562), so that new rows land at the end of every index. */
export const newId = (): string => v7()

/** An id as a client sent it, or null when it cannot name any row. */
export const parseId = (id: string | null | undefined): string | null =>
  id && UUID.test(id) ? id.toLowerCase() : null

/** A code for people: `length` characters of Crockford's base 32, 5 bits each, not guessable. */
export function humanCode(length: number): string {
  let code = ''
  for (let i = 0; i < length; i++) code += ALPHABET[randomInt(32)]
  return code
}
