import { Prisma } from './prisma.ts'
import type { First } from './transact.ts'

/** Lets transactions of many processes that want the same rows take turns, once they have met. */
export interface Turns {
  /**
   * What a transaction under this name asks for first: where another process was met lately, its turn. Else, and behind
   * another one of this process (`inARow`), to be kept from the next one where somebody waits for a turn; null otherwise.
   */
  of(name: string, inARow: boolean): First | null
  /** PostgreSQL began so many milliseconds after it was asked with what did not wait to be told that it had its turn. */
  kept(name: string, ms: number): void
  /** The work under this name met a transaction of another process. */
  met(name: string): void
}

// Each time this is forgotten, a transaction or two wait without being joined, or one is run again.
const REMEMBERED_MS = 5_000
// Nobody had the lock before us.
const AT_ONCE_MS = 2
// Once may be a busy core, or one who puts something back.
const KEPT_TIMES = 2
// As many as the migration made. Two names on one table wait for each other, and nothing else comes of it.
const TABLES = 32

/**
 * A serializable transaction that waits for a row has its snapshot already, so it fails when the row was changed before
 * it came: of three processes on one hot row two would always be thrown away. LOCK TABLE is what a transaction can wait
 * for without a snapshot (PostgreSQL's documentation of LOCK says so), and PostgreSQL hands the lock on in the order in
 * which it was asked for, as soon as the one before has committed. The tables are empty and there for this alone.
 *
 * Who has met nobody asks for a weaker lock, which does not wait for its like: one process that always came first would never
 * meet the others, and keep them waiting until they give up. It waits in the queue behind who waits for a turn, and then
 * knows. It is for speed and for fairness only.
 */
export function createTurns(): Turns {
  const crowded = new Map<string, number>()
  const keptTimes = new Map<string, number>()
  const met = (name: string): void => {
    crowded.set(name, performance.now() + REMEMBERED_MS)
  }
  return {
    of(name, inARow) {
      if (performance.now() < (crowded.get(name) ?? 0)) return { statement: turnOf(name), isAwaited: true }
      crowded.delete(name)
      return inARow ? { statement: `${lockOf(name)} ROW EXCLUSIVE MODE`, isAwaited: false } : null
    },
    kept(name, ms) {
      const times = ms > AT_ONCE_MS ? (keptTimes.get(name) ?? 0) + 1 : 0
      if (times > 0 && times < KEPT_TIMES) keptTimes.set(name, times)
      else keptTimes.delete(name)
      if (times === KEPT_TIMES) met(name)
    },
    met,
  }
}

/** What `kept` is told: the milliseconds between BEGIN and a SELECT that came right behind. */
export const keptColumn = Prisma.sql`1000 * extract(epoch FROM statement_timestamp() - transaction_timestamp())::float8`

/** The statement that waits for a turn under this name, the first of its transaction. The turn ends with the transaction. */
export const turnOf = (name: string): string => `${lockOf(name)} SHARE ROW EXCLUSIVE MODE`

const lockOf = (name: string): string => `LOCK TABLE turn.lane_${tableOf(name)} IN`

/** FNV-1a: names are dealt out evenly, and the same in every process. */
function tableOf(name: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < name.length; index += 1) {
    hash = Math.imul(hash ^ name.charCodeAt(index), 0x01000193)
  }
  return (hash >>> 0) % TABLES
}
