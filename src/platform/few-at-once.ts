export interface FewAtOnce {
  run<T>(work: () => Promise<T>): Promise<T>
  /** Whether somebody waits for a place. */
  isWanted(): boolean
}

/**
 * Lets a few run at once; the others wait in the order in which they came. One that is at it for longer than `slowMs` is
 * waiting itself, for a lock or for another process, and gives its place to the next.
 */
export function fewAtOnce(places: number, slowMs: number): FewAtOnce {
  const waiting: (() => void)[] = []
  let free = places

  function leave(): void {
    const next = waiting.shift()
    if (next) next()
    else free += 1
  }

  return {
    isWanted: () => waiting.length > 0,
    async run(work) {
      if (free > 0) free -= 1
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
