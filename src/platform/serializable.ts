import { setTimeout as sleep } from 'node:timers/promises'
import { Prisma } from '../generated/prisma/client.ts'
import type { Deps } from './deps.ts'
import { Busy } from './errors.ts'
import type { Tx } from './prisma.ts'

type Kind = 'conflict' | 'unique' | 'overloaded' | 'other'

const MAX_ATTEMPTS = 12
const MAX_UNIQUE_ATTEMPTS = 4
const FIRST_PAUSE_MS = 8
const LONGEST_PAUSE_MS = 400
const CONFLICT_STATES = new Set(['40001', '40P01'])

/**
 * Runs `work` in one SERIALIZABLE transaction and runs it again on a conflict. It may therefore run many times: it
 * touches only `tx`, and what it throws rolls everything back. Throws `Busy` when the conflicts do not end.
 */
export async function serializable<T>(
  deps: Pick<Deps, 'prisma' | 'metrics'>,
  name: string,
  work: (tx: Tx) => Promise<T>,
): Promise<T> {
  let unique = 0
  for (let attempt = 1; ; attempt++) {
    try {
      return await deps.prisma.$transaction(work, {
        isolationLevel: Prisma.TransactionIsolationLevel.Serializable,
        maxWait: 5_000,
        timeout: 30_000,
      })
    } catch (error) {
      const kind = kindOf(error)
      if (kind === 'other') throw error
      deps.metrics.transactionConflicts.inc({ transaction: name, kind })
      if (kind === 'overloaded') throw new Busy()
      // Two first users of one unique value: the loser runs again and then sees the winner's row. A value that is
      // taken for good would clash for ever, so this is bounded more tightly.
      if (kind === 'unique' && ++unique >= MAX_UNIQUE_ATTEMPTS) throw error
      if (attempt >= MAX_ATTEMPTS) throw new Busy()
      deps.metrics.transactionRetries.inc({ transaction: name })
      // Full jitter: losers that wait equally long collide again.
      await sleep(Math.random() * Math.min(FIRST_PAUSE_MS * 2 ** attempt, LONGEST_PAUSE_MS))
    }
  }
}

/** A conflict comes in three shapes: from an ORM statement, from raw SQL, and bare at COMMIT. */
export function kindOf(error: unknown): Kind {
  if (typeof error !== 'object' || error === null) return 'other'
  const code = 'code' in error ? error.code : undefined
  if (code === 'P2034') return 'conflict'
  if (code === 'P2002') return 'unique'
  if (code === 'P2028') return 'overloaded'
  const cause = code === 'P2010' ? adapterCause(error) : causeOf(error)
  if (!cause) return 'other'
  if (cause.kind === 'TransactionWriteConflict' || CONFLICT_STATES.has(cause.originalCode ?? ''))
    return 'conflict'
  if (cause.kind === 'UniqueConstraintViolation' || cause.originalCode === '23505') return 'unique'
  return 'other'
}

interface AdapterCause {
  readonly kind?: string
  readonly originalCode?: string
}

const causeOf = (error: object): AdapterCause | undefined =>
  'cause' in error && typeof error.cause === 'object' && error.cause !== null ? error.cause : undefined

function adapterCause(error: object): AdapterCause | undefined {
  const meta = 'meta' in error ? error.meta : undefined
  if (typeof meta !== 'object' || meta === null || !('driverAdapterError' in meta)) return undefined
  const inner = meta.driverAdapterError
  return typeof inner === 'object' && inner !== null ? causeOf(inner) : undefined
}
