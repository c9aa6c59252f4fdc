import { setTimeout as sleep } from 'node:timers/promises'
import type { Database } from './prisma.ts'
import type { Log } from './telemetry.ts'

/** A copy of the database for public reads, which is behind by a little. */
export interface Replica {
  readonly database: Database
  /** While `usable`, what was committed longer ago than this is there. Milliseconds. */
  readonly maxLagMs: number
  /** False until it was seen to be close enough, while it cannot be reached, and while it is further behind. */
  usable(): boolean
  close(): Promise<void>
}

const LOOK_EVERY_MS = 500
// A server that hangs is known as fast as one that is down.
const PATIENCE_MS = 1_000

interface Sight {
  readonly at: number
  /** How far the primary's log was written then. */
  readonly written: bigint
}

// Holds every commit that anybody sees, unless the primary runs with synchronous_commit off: then all but 0.6 s of them.
const WRITTEN = 'pg_current_wal_lsn()'
const REPLAYED = 'CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() END'

/**
 * Looks at both servers all the time and so knows a moment whose commits are all on the replica; it is usable while that
 * moment is at most `maxLagMs` ago. A server that is no physical standby cannot say how far it is, and is taken at its
 * operator's word.
 */
export function watchReplica(options: {
  primary: Database
  database: Database
  maxLagMs: number
  log: Log
}): Replica {
  const { primary, database, maxLagMs, log } = options
  const stopping = new AbortController()
  let sights: Sight[] = []
  // Nothing is known of it yet: it may be hours behind.
  let completeAt = Number.NEGATIVE_INFINITY

  const usable = () => performance.now() - completeAt <= maxLagMs

  async function look(): Promise<number> {
    const at = performance.now()
    const written = await positionOf(primary, WRITTEN)
    const replayed = await positionOf(database, REPLAYED)
    if (written === null || replayed === null) return at
    // A sight that is older would not make it usable.
    sights = [...sights.filter((sight) => sight.at >= at - maxLagMs), { at, written }]
    return sights.findLast((sight) => sight.written <= replayed)?.at ?? Number.NEGATIVE_INFINITY
  }

  async function watch(): Promise<void> {
    let before: boolean | null = null
    while (!stopping.signal.aborted) {
      completeAt = await look().catch(() => Number.NEGATIVE_INFINITY)
      const now = usable()
      if (now !== before) log.info({ replica: now }, 'public reads go to another database server')
      before = now
      await sleep(LOOK_EVERY_MS, undefined, { signal: stopping.signal }).catch(() => undefined)
    }
  }

  const watching = watch()
  return {
    database,
    maxLagMs,
    usable,
    async close() {
      stopping.abort()
      await watching
      await database.close()
    },
  }
}

/** A position in the write-ahead log; null where the server has none to tell. */
async function positionOf({ pool }: Database, expression: string): Promise<bigint | null> {
  // The types do not know that one query may have its time-out.
  const query = { text: `SELECT ${expression}::text AS position`, query_timeout: PATIENCE_MS }
  const { rows } = await pool.query<{ position: string | null }>(query)
  const [high, low] = rows[0]?.position?.split('/') ?? []
  return high && low ? (BigInt(`0x${high}`) << 32n) | BigInt(`0x${low}`) : null
}
