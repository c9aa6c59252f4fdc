import { setTimeout as sleep } from 'node:timers/promises'

/** Resolves when it is the caller's turn: true, or false because the process stops first. */
export type Pace = () => Promise<boolean>

/** Whose turn it always is. */
export const unpaced: Pace = async () => true

/**
 * So many turns a second, dealt out in the order in which they are asked for. After a quiet second as many come at once, so a
 * turn that is alone never waits. It is of this process and needs nobody else.
 */
export function createPace(perSecond: number, stopping: AbortSignal): Pace {
  const apart = 1_000 / perSecond
  let next = Number.NEGATIVE_INFINITY
  return async () => {
    const turn = Math.max(next, performance.now() - 1_000 + apart)
    next = turn + apart
    // A timer may ring a moment early.
    for (let left = turn - performance.now(); left > 0; left = turn - performance.now()) {
      if (stopping.aborted) break
      await sleep(Math.ceil(left), undefined, { signal: stopping }).catch(() => undefined)
    }
    return !stopping.aborted
  }
}
