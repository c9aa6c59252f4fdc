import { setTimeout as sleep } from 'node:timers/promises'
import type { Database } from './prisma.ts'
import type { Log } from './telemetry.ts'

/** A copy of the database for public reads, which is behind by a little. */
export interface Replica {
  readonly database: Database
  /** While `usable`, what was committed longer ago than this is there. Milliseconds. */
  readonly maxLagMs: number
  /** False while it cannot be reached or is further behind. */
  usable(): boolean
  close(): Promise<void>
}

const LOOK_EVERY_MS = 500

interface Sight {
  readonly at: number
  /** How far the primary's log was written then. */
  readonly written: bigint
}

/**
 * Looks at both servers all the time: the replica is usable while it has replayed what the primary had written `maxLagMs`
 * ago. A server that is no physical standby cannot say how far it is, and is taken at its operator's word.
 */
export function watchReplica(options: {
  primary: Database
  database: Database
  maxLagMs: number
  log: Log
}): Replica {
  const { primary, database, maxLagMs, log } = options
  const stopping = new AbortController()
  const sights: Sight[] = []
  let isUsable = true

  async function look(): Promise<boolean> {
    const at = performance.now()
    const written = await positionOf(primary, 'pg_current_wal_lsn()')
    if (written !== null) sights.push({ at, written })
    const replayed = await positionOf(
      database,
      'CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() END',
    )
    // The newest sight that is old enough says what must be there by now; older ones say less.
    while (sights[1] && sights[1].at <= at - maxLagMs) sights.shift()
    const due = sights[0]
    return replayed === null || due === undefined || due.at > at - maxLagMs || replayed >= due.written
  }

  async function watch(): Promise<void> {
    while (!stopping.signal.aborted) {
      const usable = await look().catch(() => false)
      if (usable !== isUsable) log.warn({ usable }, 'public reads go to another database server')
      isUsable = usable
      await sleep(LOOK_EVERY_MS, undefined, { signal: stopping.signal }).catch(() => undefined)
    }
  }

  const watching = watch()
  return {
    database,
    maxLagMs,
    usable: () => isUsable,
    async close() {
      stopping.abort()
      await watching
      await database.close()
    },
  }
}

/** A position in the write-ahead log; null where the server has none to tell. */
async function positionOf({ pool }: Database, expression: string): Promise<bigint | null> {
  const { rows } = await pool.query<{ position: string | null }>(`SELECT ${expression}::text AS position`)
  const [high, low] = rows[0]?.position?.split('/') ?? []
  return high && low ? (BigInt(`0x${high}`) << 32n) | BigInt(`0x${low}`) : null
}
