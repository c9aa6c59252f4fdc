import type { First } from './transact.ts'

/** Lets transactions of many processes that want the same rows take turns, once they have met. */
export interface Turns {
  /** What a transaction under this name asks for first, to wait for its turn; null where nobody else was met lately. */
  of(name: string): First | null
  /** The work under this name met a transaction of another process. */
  met(name: string): void
}

// Each time this is forgotten, a transaction is run again.
const REMEMBERED_MS = 5_000
// Nobody had the lock before us.
const AT_ONCE_MS = 2
// As many as the migration made. Two names on one table wait for each other, and nothing else comes of it.
const TABLES = 32

/**
 * A serializable transaction that waits for a row has its snapshot already, so it fails when the row was changed before
 * it came: of three processes on one hot row two would always be thrown away. LOCK TABLE is what a transaction can wait
 * for without a snapshot (PostgreSQL's documentation of LOCK says so), and PostgreSQL hands the lock on in the order in
 * which it was asked for, as soon as the one before has committed. The tables are empty and there for this alone. It is
 * for speed only.
 */
export function createTurns(): Turns {
  const crowded = new Map<string, number>()
  const met = (name: string): void => {
    crowded.set(name, performance.now() + REMEMBERED_MS)
  }
  return {
    of(name) {
      const until = crowded.get(name)
      if (until === undefined) return null
      if (performance.now() < until) {
        return {
          statement: `LOCK TABLE turn.lane_${tableOf(name)} IN SHARE ROW EXCLUSIVE MODE`,
          took: (ms) => {
            if (ms > AT_ONCE_MS) met(name)
          },
        }
      }
      crowded.delete(name)
      return null
    },
    met,
  }
}

/** FNV-1a: names are dealt out evenly, and the same in every process. */
function tableOf(name: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < name.length; index += 1) {
    hash = Math.imul(hash ^ name.charCodeAt(index), 0x01000193)
  }
  return (hash >>> 0) % TABLES
}
