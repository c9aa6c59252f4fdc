import type { Deps } from './deps.ts'

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
export function createTurns({ prisma, log }: Pick<Deps, 'prisma' | 'log'>, places: number): Turns {
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

  async function wait<T>(name: string, work: (inTurn: boolean) => Promise<T>): Promise<T> {
    let begun: Promise<T> | undefined
    taken += 1
    try {
      await prisma.$transaction(async (tx) => {
        const asked = performance.now()
        await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(${name}, 0))`
        if (performance.now() - asked > AT_ONCE_MS) met(name)
        begun = work(true)
        // Its failure is for whoever asked, and must not look like one of the turn.
        await begun.catch(() => undefined)
      })
    } catch (error) {
      log.debug({ err: error }, 'no turn was to be had')
    } finally {
      taken -= 1
    }
    return begun ?? work(false)
  }

  return {
    take: (name, work) => (taken < places && isCrowded(name) ? wait(name, work) : work(false)),
    met,
  }
}
