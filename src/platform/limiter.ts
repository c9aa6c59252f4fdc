import type { Redis } from 'ioredis'
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible'
import { gather } from './gather.ts'
import type { HideKey } from './hidden-key.ts'
import { COUNT_COMMAND } from './redis.ts'
import { RedisOutage } from './redis-outage.ts'
import type { Log } from './telemetry.ts'

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

/**
 * Counts calls by key, which may be an e-mail: Redis is told a keyed hash of it. None of this fails: without Redis the process
 * counts for itself.
 */
export interface Limiter {
  /** Counts so many calls, one unless told, and judges them in one step: of calls made in parallel no more than allowed pass. */
  take(key: string, calls?: number): Promise<Standing>
  /** Whether another call would be allowed, without counting one. */
  hasLeft(key: string): Promise<boolean>
  /** Takes a call back. */
  giveBack(key: string): Promise<void>
  /** Forgets all calls of a key. */
  forget(key: string): Promise<void>
}

/** A limiter by a name of its own: replicas with one Redis count together under the same name. */
export type OpenLimiter = (name: string, limit: Limit) => Limiter

// More would keep Redis from others for a millisecond.
const MAX_TOGETHER = 128

// The library's own step, for many keys: sent one by one, counting an order cost more than writing it. A key without an
// end would count for ever.
const COUNT = `
local counts = {}
for i, key in ipairs(KEYS) do
  local more = tonumber(ARGV[2 * i])
  local calls = redis.call('INCRBY', key, more)
  local left = calls > more and redis.call('PTTL', key) or -1
  if left < 0 then
    left = ARGV[2 * i - 1] * 1000
    redis.call('PEXPIRE', key, left)
  end
  counts[2 * i - 1], counts[2 * i] = calls, left
end
return counts`

/** Calls of a key, whose seconds begin with its first. */
interface Calls {
  readonly key: string
  readonly seconds: number
  readonly more: number
}

interface Script {
  [COUNT_COMMAND](keys: number, ...keysThenSecondsAndCalls: (string | number)[]): Promise<readonly number[]>
}

interface Count {
  readonly calls: number
  readonly msLeft: number
}

/**
 * Limiters that all replicas share through Redis, where each key stands as `hide` gives it. While Redis is away each process
 * counts for itself, and `onAlone` is called for each step of this.
 */
export function createLimiters(redis: Redis, log: Log, hide: HideKey, onAlone = () => {}): OpenLimiter {
  redis.defineCommand(COUNT_COMMAND, { lua: COUNT })
  const outage = new RedisOutage(log, onAlone)
  // One way there and back under way at a time: for busy processes it is the system calls that counting costs.
  const count = gather(
    (calls: readonly Calls[]) =>
      outage.bridge<readonly (Count | null)[]>(
        () => countIn(redis, calls),
        async () => calls.map(() => null),
      ),
    MAX_TOGETHER,
  )
  return (name, limit) => {
    const keyPrefix = `karcis:limit:${name}`
    const rule = { keyPrefix, points: limit.points, duration: limit.seconds }
    const shared = new RateLimiterRedis({ ...rule, storeClient: redis, rejectIfRedisNotReady: true })
    const own = new RateLimiterMemory(rule)
    return {
      async take(identity, more = 1) {
        const key = hide(identity)
        const counted = await count({ key: `${keyPrefix}:${key}`, seconds: limit.seconds, more })
        const { calls, msLeft } = counted ?? (await countHere(own, key, more))
        return {
          allowed: calls <= limit.points,
          remaining: Math.max(0, limit.points - calls),
          resetSeconds: Math.max(1, Math.ceil(msLeft / 1_000)),
        }
      },
      async hasLeft(identity) {
        const key = hide(identity)
        const found = await outage.bridge(
          () => shared.get(key),
          () => own.get(key),
        )
        return !found || found.consumedPoints < limit.points
      },
      async giveBack(identity) {
        const key = hide(identity)
        await outage.bridge(
          () => shared.reward(key),
          () => own.reward(key),
        )
      },
      async forget(identity) {
        const key = hide(identity)
        // Not delete(): it alone would wait for a Redis that is not there.
        await outage.bridge(
          () => shared.set(key, 0, limit.seconds),
          () => own.set(key, 0, limit.seconds),
        )
      },
    }
  }
}

async function countIn(redis: Redis, calls: readonly Calls[]): Promise<Count[]> {
  if (redis.status !== 'ready') throw new Error('Redis is not connected')
  const counts = await (redis as Redis & Script)[COUNT_COMMAND](
    calls.length,
    ...calls.map(({ key }) => key),
    ...calls.flatMap(({ seconds, more }) => [seconds, more]),
  )
  return calls.map((_, index) => ({ calls: counts[2 * index] ?? 0, msLeft: counts[2 * index + 1] ?? 0 }))
}

async function countHere(own: RateLimiterMemory, key: string, more: number): Promise<Count> {
  // The library throws a refusal where it is none of its failures.
  const { consumedPoints, msBeforeNext } = await own.consume(key, more).catch((refusal: unknown) => {
    if (refusal instanceof RateLimiterRes) return refusal
    throw refusal
  })
  return { calls: consumedPoints, msLeft: msBeforeNext }
}
