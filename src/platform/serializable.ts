import { setTimeout as sleep } from 'node:timers/promises'
import { DatabaseError } from 'pg'
import { Prisma } from '../generated/prisma/client.ts'
import { type AdapterCause, isConnectionLoss } from './connection-loss.ts'
import type { Deps } from './deps.ts'
import { Busy, ExecutionTimeout, Unavailable } from './errors.ts'
import type { Tx } from './prisma.ts'
import { changesIn } from './public-changes.ts'
import type { Sql } from './sql.ts'
import type { First, TransactOptions, Written } from './transact.ts'

type Kind = 'conflict' | 'unique' | 'lost' | 'overloaded' | 'timeout' | 'other'

const MAX_ATTEMPTS = 12
const MAX_UNIQUE_ATTEMPTS = 4
// Enough for one connection among others. While the database is away nobody is held up: clients ask again.
const MAX_LOST_ATTEMPTS = 3
// Behind slow conflicts the request has been given up long before the last attempt.
const RETRIED_FOR_MS = 10_000
const FIRST_PAUSE_MS = 8
const LONGEST_PAUSE_MS = 400
const CONFLICT_STATES = new Set(['40001', '40P01'])
// query_canceled: statement_timeout, for no one else cancels our statements.
const TIMEOUT_STATE = '57014'
// The pool's own words; it has no code for this.
const NO_CONNECTION = 'timeout exceeded when trying to connect'

const ISOLATION = 'ISOLATION LEVEL SERIALIZABLE'

type RunDeps = Pick<Deps, 'metrics' | 'publicChanges'>

export interface TxOptions {
  /** A statement to wait with before there is a snapshot: a turn (`turns.ts`). */
  readonly first?: string | undefined
}

/**
 * Runs `work` in one SERIALIZABLE transaction and runs it again on a conflict. It may therefore run many times (it hears
 * which time it is, from 1): it touches only `tx`, and what it throws rolls everything back. Throws `Busy` when the
 * conflicts do not end, and `Unavailable` when the connection is lost: at COMMIT at once, for nobody knows what became of it.
 */
export const serializable = <T>(
  deps: RunDeps & Pick<Deps, 'prisma'>,
  name: string,
  work: (tx: Tx, attempt: number) => Promise<T>,
  { first }: TxOptions = {},
): Promise<T> =>
  untilDone(deps, name, (attempt) =>
    deps.prisma.$transaction(
      async (tx) => {
        if (first) await tx.$executeRaw(Prisma.raw(first))
        return attempt.during(tx, () => work(tx, attempt.number))
      },
      // How long it may take in all is said where the client is opened.
      { isolationLevel: Prisma.TransactionIsolationLevel.Serializable },
    ),
  )

/** What `transact` may be told. `first` is asked for anew each time. */
interface SqlOptions extends Pick<TransactOptions, 'committing'> {
  readonly first?: () => First | null
}

/** The same in a transaction of `transact`, for raw statements alone. */
export const serializableSql = <T>(
  deps: RunDeps & Pick<Deps, 'transact'>,
  name: string,
  work: (tx: Sql) => Promise<Written<T>>,
  { first = () => null, ...options }: SqlOptions = {},
): Promise<T> =>
  untilDone(deps, name, (attempt) =>
    deps.transact((tx) => attempt.during(tx, () => work(tx)), {
      ...options,
      isolation: ISOLATION,
      first: first(),
    }),
  )

/** One run of a transaction. */
interface Attempt {
  /** From 1. */
  readonly number: number
  /** Does all that comes before COMMIT. */
  during<T>(tx: Sql, work: () => Promise<T>): Promise<T>
}

async function untilDone<T>(deps: RunDeps, name: string, run: (attempt: Attempt) => Promise<T>): Promise<T> {
  const began = performance.now()
  let unique = 0
  let lost = 0
  for (let attempt = 1; ; attempt++) {
    let decided = false
    let news: readonly string[] = []
    try {
      const value = await run({
        number: attempt,
        async during(tx, work) {
          const done = await work()
          news = changesIn(tx)
          decided = true
          return done
        },
      })
      if (news.length > 0) deps.publicChanges.announce(news)
      return value
    } catch (error) {
      const kind = kindOf(error)
      if (kind === 'other') throw error
      // It was rolled back, and would only wait as long again.
      if (kind === 'timeout') throw new ExecutionTimeout()
      deps.metrics.transactionConflicts.inc({ transaction: name, kind })
      if (kind === 'overloaded') throw new Busy()
      if (kind === 'lost' && (decided || ++lost >= MAX_LOST_ATTEMPTS)) throw new Unavailable()
      // Two first users of one unique value: the loser runs again and then sees the winner's row. A value that is
      // taken for good would clash for ever, so this is bounded more tightly.
      if (kind === 'unique' && ++unique >= MAX_UNIQUE_ATTEMPTS) throw error
      if (attempt >= MAX_ATTEMPTS || performance.now() - began > RETRIED_FOR_MS) throw new Busy()
      deps.metrics.transactionRetries.inc({ transaction: name })
      // Full jitter: losers that wait equally long collide again.
      await sleep(Math.random() * Math.min(FIRST_PAUSE_MS * 2 ** attempt, LONGEST_PAUSE_MS))
    }
  }
}

/**
 * What a failure of the database means. A conflict comes in three shapes: from an ORM statement, from raw SQL, and bare
 * at COMMIT.
 */
export function kindOf(error: unknown): Kind {
  if (typeof error !== 'object' || error === null) return 'other'
  const code = 'code' in error ? error.code : undefined
  if (code === 'P2034') return 'conflict'
  if (code === 'P2002') return 'unique'
  if (code === 'P2028') return 'overloaded'
  if (error instanceof Error && error.message === NO_CONNECTION) return 'overloaded'
  const cause = causeIn(error)
  if (isConnectionLoss(error, cause)) return 'lost'
  if (!cause) return 'other'
  if (cause.kind === 'TransactionWriteConflict' || CONFLICT_STATES.has(cause.originalCode ?? ''))
    return 'conflict'
  if (cause.originalCode === TIMEOUT_STATE) return 'timeout'
  if (cause.kind === 'UniqueConstraintViolation' || cause.originalCode === '23505') return 'unique'
  return 'other'
}

/** Of a statement of Prisma's, of its adapter, or of the driver's own. */
const causeIn = (error: object): AdapterCause | undefined =>
  error instanceof DatabaseError ? { originalCode: error.code } : (adapterCause(error) ?? causeOf(error))

const causeOf = (error: object): AdapterCause | undefined =>
  'cause' in error && typeof error.cause === 'object' && error.cause !== null ? error.cause : undefined

function adapterCause(error: object): AdapterCause | undefined {
  const meta = 'meta' in error ? error.meta : undefined
  if (typeof meta !== 'object' || meta === null || !('driverAdapterError' in meta)) return undefined
  const inner = meta.driverAdapterError
  return typeof inner === 'object' && inner !== null ? causeOf(inner) : undefined
}
