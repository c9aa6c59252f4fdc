import { createHash } from 'node:crypto'
import type { Redis } from 'ioredis'
import ipaddr from 'ipaddr.js'
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible'
import type { Log } from '../../platform/telemetry.ts'

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
// An outage is news once a minute, not once an attempt.
const QUIET_MS = 60_000

/**
 * The throttle of all replicas, in Redis; each process counts for itself while Redis is away. An e-mail is counted with
 * the client's address, so that a stranger's failures elsewhere never lock its owner out.
 */
export function createLoginThrottle(redis: Redis, log: Log): LoginThrottle {
  const byAddress = limiter(redis, log, 'address', FAILURES_PER_ADDRESS)
  const byEmail = limiter(redis, log, 'email', FAILURES_PER_EMAIL)
  return {
    async consume(email, ip) {
      const network = networkOf(ip)
      // The address first: otherwise one client could fill Redis with an entry for every e-mail it makes up.
      const addressWait = await take(byAddress, network)
      if (addressWait !== null) return { retryAfterSeconds: addressWait }
      const emailWait = await take(byEmail, keyOf(email, network))
      if (emailWait === null) return null
      await byAddress.reward(network)
      return { retryAfterSeconds: emailWait }
    },
    async succeed(email, ip) {
      const network = networkOf(ip)
      // Only its own attempt: an account of one's own must not wash away guesses at others.
      await byAddress.reward(network)
      await byEmail.set(keyOf(email, network), 0, WINDOW_SECONDS)
    },
    async undo(email, ip) {
      const network = networkOf(ip)
      await byAddress.reward(network)
      await byEmail.reward(keyOf(email, network))
    },
  }
}

function limiter(redis: Redis, log: Log, kind: string, points: number): RateLimiterRedis {
  const rule = { keyPrefix: `karcis:login:${kind}`, points, duration: WINDOW_SECONDS }
  return new RateLimiterRedis({
    ...rule,
    storeClient: redis,
    rejectIfRedisNotReady: true,
    insuranceLimiter: new Insurance(rule, log),
  })
}

class Insurance extends RateLimiterMemory {
  readonly #log: Log
  #quietUntil = 0

  constructor(rule: { keyPrefix: string; points: number; duration: number }, log: Log) {
    super(rule)
    this.#log = log
  }

  override consume(key: string): Promise<RateLimiterRes> {
    if (Date.now() >= this.#quietUntil) {
      this.#quietUntil = Date.now() + QUIET_MS
      this.#log.warn('attempts to sign in are counted in this process only: Redis is not reachable')
    }
    return super.consume(key)
  }
}

/** Counts one; null, or the seconds to wait when there were too many. */
async function take(limiter: RateLimiterRedis, key: string): Promise<number | null> {
  try {
    await limiter.consume(key)
    return null
  } catch (refusal) {
    if (refusal instanceof RateLimiterRes) return Math.max(1, Math.ceil(refusal.msBeforeNext / 1000))
    throw refusal
  }
}

const keyOf = (email: string, network: string): string =>
  createHash('sha256').update(`${email}\n${network}`).digest('base64url')

/** An IPv4 address, or the /64 of an IPv6 one: a single household has all of that at hand. */
function networkOf(ip: string): string {
  if (!ipaddr.isValid(ip)) return ip
  const address = ipaddr.process(ip)
  return address.kind() === 'ipv4'
    ? address.toString()
    : Buffer.from(address.toByteArray().slice(0, 8)).toString('hex')
}
