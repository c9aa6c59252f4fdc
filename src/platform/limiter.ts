import type { Redis } from 'ioredis'
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible'
import type { Log } from './telemetry.ts'
import { Hanging, within } from './within.ts'

/** So many calls in so many seconds. The seconds begin with a key's first call. */
export interface Limit {
  readonly points: number
  readonly seconds: number
}

/** Where a key stands after a call. */
export interface Standing {
  readonly allowed: boolean
  /** Calls that are left until the reset. */
  readonly remaining: number
  /** Whole seconds, at least 1, after which all calls are there again. */
  readonly resetSeconds: number
}

/** Counts calls by key. None of this fails: without Redis the process counts for itself. */
export interface Limiter {
  /** Counts a call and judges it in one step, so that of calls made in parallel no more than allowed pass. */
  take(key: string): Promise<Standing>
  /** Whether another call would be allowed, without counting one. */
  hasLeft(key: string): Promise<boolean>
  /** Takes a call back. */
  giveBack(key: string): Promise<void>
  /** Forgets all calls of a key. */
  forget(key: string): Promise<void>
}

/** A limiter by a name of its own: replicas with one Redis count together under the same name. */
export type OpenLimiter = (name: string, limit: Limit) => Limiter

// Counting is worth less than an answer: a Redis that hangs delays a call by this and no more.
const PATIENCE_MS = 300
// After it hung nobody waits for it for a while.
const PAUSE_MS = 1_000
// An outage is news once a minute, not once a call.
const QUIET_MS = 60_000

/** Limiters that all replicas share through Redis. While it is away each process counts for itself. */
export function createLimiters(redis: Redis, log: Log): OpenLimiter {
  const outage = new Outage(log)
  return (name, limit) => {
    const rule = { keyPrefix: `karcis:limit:${name}`, points: limit.points, duration: limit.seconds }
    const shared = new RateLimiterRedis({ ...rule, storeClient: redis, rejectIfRedisNotReady: true })
    const own = new RateLimiterMemory(rule)
    return {
      async take(key) {
        const found = await outage.bridge(
          () => judged(shared.consume(key)),
          () => judged(own.consume(key)),
        )
        return {
          allowed: found.consumedPoints <= limit.points,
          remaining: found.remainingPoints,
          resetSeconds: Math.max(1, Math.ceil(found.msBeforeNext / 1_000)),
        }
      },
      async hasLeft(key) {
        const found = await outage.bridge(
          () => shared.get(key),
          () => own.get(key),
        )
        return !found || found.consumedPoints < limit.points
      },
      async giveBack(key) {
        await outage.bridge(
          () => shared.reward(key),
          () => own.reward(key),
        )
      },
      async forget(key) {
        // Not delete(): it alone would wait for a Redis that is not there.
        await outage.bridge(
          () => shared.set(key, 0, limit.seconds),
          () => own.set(key, 0, limit.seconds),
        )
      },
    }
  }
}

/** The library throws a refusal where it is none of its failures. */
function judged(consumption: Promise<RateLimiterRes>): Promise<RateLimiterRes> {
  return consumption.catch((refusal: unknown) => {
    if (refusal instanceof RateLimiterRes) return refusal
    throw refusal
  })
}

class Outage {
  readonly #log: Log
  #quietUntil = 0
  #pauseUntil = 0

  constructor(log: Log) {
    this.#log = log
  }

  /** What Redis says, or what this process knows where Redis is away or hangs. */
  async bridge<T>(shared: () => Promise<T>, own: () => Promise<T>): Promise<T> {
    if (performance.now() < this.#pauseUntil) return own()
    try {
      return await within(PATIENCE_MS, shared())
    } catch (error) {
      const now = performance.now()
      if (error instanceof Hanging) this.#pauseUntil = now + PAUSE_MS
      if (now >= this.#quietUntil) {
        this.#quietUntil = now + QUIET_MS
        const reason = error instanceof Error ? error.message : String(error)
        this.#log.warn({ reason }, 'limits are counted in this process only: Redis does not answer')
      }
      return own()
    }
  }
}
