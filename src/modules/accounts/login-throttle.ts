import type { Limiter, OpenLimiter } from '../../platform/limiter.ts'
import { networkOf } from '../../platform/network.ts'

/** Counts failed attempts to sign in. An e-mail is given in the form in which accounts store it. */
export interface LoginThrottle {
  /**
   * Counts an attempt before the password is looked at, so that guesses made in parallel count each. Null: go on. An
   * attempt that is refused counts nowhere.
   */
  consume(email: string, ip: string): Promise<{ retryAfterSeconds: number } | null>
  /** The password was right: forgets the failures of this e-mail from this address. */
  succeed(email: string, ip: string): Promise<void>
  /** The password was never looked at: takes the attempt back. */
  undo(email: string, ip: string): Promise<void>
}

const WINDOW_SECONDS = 15 * 60
const FAILURES_PER_EMAIL = 5
// Higher, because an office or a mobile network shares an address.
const FAILURES_PER_ADDRESS = 50

/**
 * The throttle of all replicas, in Redis; each process counts for itself while Redis is away. An e-mail is counted with
 * the client's address, so that a stranger's failures elsewhere never lock its owner out.
 */
export function createLoginThrottle(openLimiter: OpenLimiter): LoginThrottle {
  const byAddress = openLimiter('login-address', { points: FAILURES_PER_ADDRESS, seconds: WINDOW_SECONDS })
  const byEmail = openLimiter('login-email', { points: FAILURES_PER_EMAIL, seconds: WINDOW_SECONDS })
  return {
    async consume(email, ip) {
      const network = networkOf(ip)
      // The address first: otherwise one client could fill Redis with an entry for every e-mail it makes up.
      const addressWait = await take(byAddress, network)
      if (addressWait !== null) return { retryAfterSeconds: addressWait }
      const emailWait = await take(byEmail, keyOf(email, network))
      if (emailWait === null) return null
      await byAddress.giveBack(network)
      return { retryAfterSeconds: emailWait }
    },
    async succeed(email, ip) {
      const network = networkOf(ip)
      // Only its own attempt: an account of one's own must not wash away guesses at others.
      await byAddress.giveBack(network)
      await byEmail.forget(keyOf(email, network))
    },
    async undo(email, ip) {
      const network = networkOf(ip)
      await byAddress.giveBack(network)
      await byEmail.giveBack(keyOf(email, network))
    },
  }
}

/** Counts one; null, or the seconds to wait when there were too many. */
async function take(limiter: Limiter, key: string): Promise<number | null> {
  const { allowed, resetSeconds } = await limiter.take(key)
  return allowed ? null : resetSeconds
}

const keyOf = (email: string, network: string): string => `${email}\n${network}`
