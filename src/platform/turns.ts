import type { Pool, PoolClient } from 'pg'
import type { Log } from './telemetry.ts'

/** Lets transactions of many processes that want the same rows take turns, once they have met. */
export interface Turns {
  /** Runs the work: at once, or where others were met lately under this name, when it is our turn; then `inTurn`. */
  take<T>(name: string, work: (inTurn: boolean) => Promise<T>): Promise<T>
  /** The work under this name met a transaction of another process. */
  met(name: string): void
}

// Each time this is forgotten, a transaction is run again.
const REMEMBERED_MS = 5_000
// Nobody had the lock before us.
const AT_ONCE_MS = 2

/**
 * A serializable transaction that waits for a row has its snapshot already, so it fails when the row was changed before
 * it came: of three processes on one hot row two would always be thrown away. So they wait before they begin, for a lock
 * that PostgreSQL hands on in the order in which it was asked for. It is for speed only: whoever cannot have it goes
 * on without. `places` bounds the connections that wait, because whoever has its turn needs another one.
 */
export function createTurns({ pool, log }: { pool: Pool; log: Log }, places: number): Turns {
  const crowded = new Map<string, number>()
  let taken = 0

  function isCrowded(name: string): boolean {
    const until = crowded.get(name)
    if (until === undefined) return false
    if (performance.now() < until) return true
    crowded.delete(name)
    return false
  }

  const met = (name: string): void => {
    crowded.set(name, performance.now() + REMEMBERED_MS)
  }

  /** Not through Prisma, whose transactions cost as much as writing a few orders. Null when no turn was to be had. */
  async function begin(name: string): Promise<PoolClient | null> {
    let client: PoolClient | undefined
    try {
      client = await pool.connect()
      client.on('error', unheard)
      const asked = performance.now()
      const lock = `pg_advisory_xact_lock(hashtextextended(${client.escapeLiteral(name)}, 0))`
      await client.query(`BEGIN; SELECT ${lock}`)
      if (performance.now() - asked > AT_ONCE_MS) met(name)
      return client
    } catch (error) {
      log.debug({ err: error }, 'no turn was to be had')
      if (client) giveBack(client, true)
      return null
    }
  }

  /** Nobody waits for its end: who asked has an answer, and the next has the turn as soon as PostgreSQL hears of it. */
  function end(client: PoolClient): void {
    client.query('COMMIT').then(
      () => giveBack(client, false),
      () => giveBack(client, true),
    )
  }

  function giveBack(client: PoolClient, broken: boolean): void {
    client.off('error', unheard)
    client.release(broken)
  }

  async function wait<T>(name: string, work: (inTurn: boolean) => Promise<T>): Promise<T> {
    taken += 1
    try {
      const client = await begin(name)
      try {
        return await work(client !== null)
      } finally {
        if (client) end(client)
      }
    } finally {
      taken -= 1
    }
  }

  return {
    take: (name, work) => (taken < places && isCrowded(name) ? wait(name, work) : work(false)),
    met,
  }
}

// A connection that is lost while nothing is asked on it says so by an event, which nobody else hears.
const unheard = (): void => undefined
