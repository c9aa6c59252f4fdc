export interface FewAtOnce {
  run<T>(work: () => Promise<T>): Promise<T>
  /** Whether somebody waits for a place. */
  isWanted(): boolean
  /** Some that ran at once were in each other's way: for a second one runs at a time. */
  met(): void
}

// What they met for, they likely still want. Then it is tried whether more can run.
const ALONE_MS = 1_000

/**
 * Lets a few run at once; the others wait in the order in which they came. One that is at it for longer than `slowMs` is
 * waiting itself, for a lock or for another process, and gives its place to the next.
 */
export function fewAtOnce(places: number, slowMs: number): FewAtOnce {
  const waiting: (() => void)[] = []
  let running = 0
  let aloneUntil = 0

  const isFree = (): boolean => running < (performance.now() < aloneUntil ? 1 : places)

  function leave(): void {
    running -= 1
    while (waiting.length > 0 && isFree()) {
      running += 1
      waiting.shift()?.()
    }
  }

  return {
    isWanted: () => waiting.length > 0,
    met() {
      aloneUntil = performance.now() + ALONE_MS
    },
    async run(work) {
      if (isFree()) running += 1
      else await new Promise<void>((resolve) => waiting.push(resolve))
      let left = false
      const leaveOnce = () => {
        if (!left) leave()
        left = true
      }
      const slow = setTimeout(leaveOnce, slowMs)
      try {
        return await work()
      } finally {
        clearTimeout(slow)
        leaveOnce()
      }
    },
  }
}
