import type { Limit, Limiter, Standing } from './limiter.ts'

type Counter = Pick<Limiter, 'take' | 'giveBack'>

/**
 * Keeps the first call of a key in this process, and counts it for all with the second. Most of a crowd calls once, and to
 * count that for all is work for nothing. In the time of a limit a process so lets two calls more pass at most; it is for
 * ceilings that nobody honest comes near.
 */
export function ownFirst(shared: Counter, { points, seconds }: Limit): Counter {
  // True: the first call, of which the others do not know.
  let own = new Map<string, boolean>()
  let until = 0
  const first: Standing = { allowed: true, remaining: points - 1, resetSeconds: seconds }

  return {
    async take(key, calls = 1) {
      const now = performance.now()
      if (now >= until) {
        own = new Map()
        until = now + seconds * 1_000
      }
      const kept = own.get(key)
      if (kept === undefined && calls < 2) {
        own.set(key, true)
        return first
      }
      own.set(key, false)
      return shared.take(key, calls + (kept ? 1 : 0))
    },
    async giveBack(key) {
      if (own.get(key)) own.delete(key)
      else await shared.giveBack(key)
    },
  }
}
