import { randomFillSync } from 'node:crypto'

// Asking for randomness costs the same for many bytes as for few, and an order needs them five times.
const pool = Buffer.alloc(8_192)
let used = pool.length

/** Random bytes that nobody can guess, and never the same ones twice. Good until the next call. */
export function fewRandomBytes(length: number): Buffer {
  if (used + length > pool.length) {
    randomFillSync(pool)
    used = 0
  }
  used += length
  return pool.subarray(used - length, used)
}
