import { createHash } from 'node:crypto'

const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

const digest = (name: string): Buffer => createHash('sha256').update(`karcis season: ${name}`).digest()

/** The id of what has this name: uuid v8 (RFC 9562), so that every database seeds the same ids. */
export function idOf(name: string): string {
  const bytes = digest(name).subarray(0, 16)
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x80, 6)
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8)
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

/** An order number as src/modules/orders writes them, fixed by the order's name. */
export function numberOf(name: string): string {
  const bytes = digest(`number ${name}`)
  const code = Array.from({ length: 10 }, (_, i) => ALPHABET[bytes.readUInt8(i) & 31]).join('')
  return `${code.slice(0, 4)}-${code.slice(4, 8)}-${code.slice(8)}`
}

export interface Random {
  /** A whole number from `least` to `most`, both included. */
  between(least: number, most: number): number
  pick<T>(items: readonly [T, ...T[]]): T
}

/** Mulberry32: small, and the same numbers on every machine. */
export function randomFrom(name: string): Random {
  let state = digest(name).readUInt32BE(0)
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
  const between = (least: number, most: number) => least + Math.floor(next() * (most - least + 1))
  return {
    between,
    pick: (items) => items[between(0, items.length - 1)] ?? items[0],
  }
}
