import { randomBytes } from 'node:crypto'
import { hash, type Options, verify } from '@node-rs/argon2'
import { Busy } from '../../platform/errors.ts'

// OWASP's minimum for Argon2id, which is algorithm 2: the library's enum cannot be imported where types are erased.
const ARGON2ID: Options = { algorithm: 2, memoryCost: 19_456, timeCost: 2, parallelism: 1 }
// Each takes 19 MiB and one of libuv's four threads: more at once would starve files and DNS.
const MAX_RUNNING = 2
const MAX_WAITING = 100

let running = 0
const waiting: (() => void)[] = []
let decoy: string | null = null

/** An Argon2id hash in PHC form. Waits for its turn in this process; throws Busy when too many wait already. */
export const hashPassword = (password: string): Promise<string> =>
  inTurn(() => hash(normal(password), ARGON2ID))

/**
 * Whether the password is the hashed one. Null stands for an unknown account, and what is no Argon2 hash for one that
 * nobody can sign in to: never right, and as costly as any other. Throws Busy as hashPassword does.
 */
export const verifyPassword = (hashed: string | null, password: string): Promise<boolean> =>
  inTurn(async () => {
    if (hashed?.startsWith('$argon2')) return verify(hashed, normal(password))
    decoy ??= await hash(randomBytes(32), ARGON2ID)
    await verify(decoy, normal(password))
    return false
  })

// One letter may be typed as one code point or as two; keyboards differ (NIST SP 800-63B).
const normal = (password: string): string => password.normalize('NFKC')

async function inTurn<T>(work: () => Promise<T>): Promise<T> {
  if (running < MAX_RUNNING) running++
  else if (waiting.length < MAX_WAITING) await new Promise<void>((resolve) => waiting.push(resolve))
  else throw new Busy()
  try {
    return await work()
  } finally {
    // The place goes straight to the next in line, so a newcomer cannot slip in between.
    const next = waiting.shift()
    if (next) next()
    else running--
  }
}
