import { type Caller, callerKey } from '../../platform/caller.ts'
import { RateLimited } from '../../platform/errors.ts'
import type { OpenLimiter } from '../../platform/limiter.ts'

/** Keeps devices and staff from finding tickets by typing codes. Only codes that are not there count. */
export interface CodeGuesses {
  /**
   * What `find` finds. A guess is counted before, so that those made at once count each, and taken back when there is such a
   * ticket. Throws RateLimited after too many.
   */
  watch<T>(caller: Caller, find: () => Promise<T | null>): Promise<T | null>
}

// A hand mistypes now and then. A code has 50 bits, so at this pace nobody finds one of a full stadium in a thousand years.
const GUESSES = 30
const WINDOW_SECONDS = 10 * 60

export function createCodeGuesses(openLimiter: OpenLimiter): CodeGuesses {
  const limiter = openLimiter('gate-codes', { points: GUESSES, seconds: WINDOW_SECONDS })
  return {
    async watch(caller, find) {
      // One account is often signed in on the phones of several gates.
      const key = caller.kind === 'account' ? `session:${caller.sessionId}` : callerKey(caller, '')
      const { allowed, resetSeconds } = await limiter.take(key)
      if (!allowed) throw new RateLimited(resetSeconds)
      try {
        const found = await find()
        if (found !== null) await limiter.giveBack(key)
        return found
      } catch (error) {
        await limiter.giveBack(key)
        throw error
      }
    },
  }
}
