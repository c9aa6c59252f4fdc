import type { Redis } from 'ioredis'
import { RedisOutage } from './redis-outage.ts'
import type { Log } from './telemetry.ts'

/** Failures of something, counted under one key: so many are free, then each one doubles the wait. */
export interface DelayedCount {
  readonly key: string
  readonly free: number
}

/** Attempts that cost more time the more of them fail. None of this fails: without Redis the process counts for itself. */
export interface GrowingDelay {
  /**
   * Counts an attempt under all keys in one step, so that of attempts made in parallel no more than are free pass. Gives whole
   * seconds to wait, and has counted nothing, where one of the keys has to wait; else null. Keys of one call share a slot of
   * Redis, if they share what stands in braces.
   */
  attempt(counts: readonly DelayedCount[]): Promise<number | null>
  /** Takes an attempt back that was let through. */
  undo(counts: readonly DelayedCount[]): Promise<void>
  forget(counts: readonly DelayedCount[]): Promise<void>
}

export interface DelayTimes {
  /** After the last free failure, in seconds; doubled with each further one. */
  readonly first: number
  readonly longest: number
  /** A key is forgotten when nothing failed for so long beyond its wait. */
  readonly memory: number
}

// Bounds what a process keeps while Redis is away.
const MAX_OWN_KEYS = 10_000

const ATTEMPT = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local first, longest, memory = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local wait = 0
for _, key in ipairs(KEYS) do
  wait = math.max(wait, (tonumber(redis.call('HGET', key, 'until')) or 0) - now)
end
if wait > 0 then return wait end
for i, key in ipairs(KEYS) do
  local beyond = redis.call('HINCRBY', key, 'failures', 1) - tonumber(ARGV[3 + i])
  local delay = beyond < 0 and 0 or math.min(longest, first * 2 ^ math.min(beyond, 30))
  redis.call('HSET', key, 'until', string.format('%.0f', now + delay))
  redis.call('PEXPIRE', key, string.format('%.0f', delay + memory))
end
return 0`

const UNDO = `
for _, key in ipairs(KEYS) do
  if redis.call('EXISTS', key) == 1 then
    if redis.call('HINCRBY', key, 'failures', -1) <= 0 then redis.call('DEL', key) else redis.call('HDEL', key, 'until') end
  end
end`

interface Scripts {
  karcisDelayAttempt(keys: number, ...keysThenTimes: (string | number)[]): Promise<number>
  karcisDelayUndo(keys: number, ...names: string[]): Promise<unknown>
}

export function createGrowingDelay(
  redis: Redis,
  log: Log,
  times: DelayTimes,
  onAlone = () => {},
): GrowingDelay {
  redis.defineCommand('karcisDelayAttempt', { lua: ATTEMPT })
  redis.defineCommand('karcisDelayUndo', { lua: UNDO })
  const scripts = redis as Redis & Scripts
  const outage = new RedisOutage(log, onAlone)
  const own = new OwnDelays(times)
  const ready = () => {
    if (redis.status !== 'ready') throw new Error('Redis is not connected')
  }
  const keysOf = (counts: readonly DelayedCount[]) => counts.map(({ key }) => key)
  return {
    async attempt(counts) {
      const waitMs = await outage.bridge(
        async () => {
          ready()
          const { first, longest, memory } = times
          return scripts.karcisDelayAttempt(
            counts.length,
            ...keysOf(counts),
            ...[first, longest, memory].map((seconds) => seconds * 1_000),
            ...counts.map(({ free }) => free),
          )
        },
        async () => own.attempt(counts),
      )
      return waitMs > 0 ? Math.ceil(waitMs / 1_000) : null
    },
    async undo(counts) {
      await outage.bridge(
        async () => {
          ready()
          await scripts.karcisDelayUndo(counts.length, ...keysOf(counts))
        },
        async () => own.undo(keysOf(counts)),
      )
    },
    async forget(counts) {
      await outage.bridge(
        async () => {
          ready()
          await redis.del(...keysOf(counts))
        },
        async () => own.forget(keysOf(counts)),
      )
    },
  }
}

/** The same for one process. */
class OwnDelays {
  readonly #times: DelayTimes
  readonly #keys = new Map<string, { failures: number; until: number }>()

  constructor(times: DelayTimes) {
    this.#times = times
  }

  attempt(counts: readonly DelayedCount[]): number {
    const now = performance.now()
    const { first, longest, memory } = this.#times
    for (const [key, { until }] of this.#keys) {
      if (this.#keys.size < MAX_OWN_KEYS && until + memory * 1_000 > now) break
      this.#keys.delete(key)
    }
    const wait = Math.max(...counts.map(({ key }) => (this.#keys.get(key)?.until ?? now) - now))
    if (wait > 0) return wait
    for (const { key, free } of counts) {
      const failures = (this.#keys.get(key)?.failures ?? 0) + 1
      const seconds = failures < free ? 0 : Math.min(longest, first * 2 ** Math.min(failures - free, 30))
      // Last in the map, so that what is first there is what failed longest ago.
      this.#keys.delete(key)
      this.#keys.set(key, { failures, until: now + seconds * 1_000 })
    }
    return 0
  }

  undo(keys: readonly string[]): void {
    for (const key of keys) {
      const known = this.#keys.get(key)
      if (!known) continue
      if (known.failures <= 1) this.#keys.delete(key)
      else this.#keys.set(key, { failures: known.failures - 1, until: 0 })
    }
  }

  forget(keys: readonly string[]): void {
    for (const key of keys) this.#keys.delete(key)
  }
}
