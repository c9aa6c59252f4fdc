import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import type { Log } from './telemetry.ts'

/** What `limiter.ts` calls its script. */
export const COUNT_COMMAND = 'karcisCount'

// A server that is there answers much sooner. The connection is given up and opened anew.
const SILENCE_MS = 5_000
const ASK_EVERY_MS = 2_000

const retryStrategy = (attempt: number): number => Math.min(50 * 2 ** Math.min(attempt, 6), 2_000)

/** A connection for commands: fails fast, because reads and writes must go on without Redis. */
export function openRedis(url: string, log: Log): Redis {
  const redis = new Redis(url, {
    maxRetriesPerRequest: 1,
    connectTimeout: 2_000,
    commandTimeout: 2_000,
    retryStrategy,
    // What is asked in one turn of the event loop goes in one write: to count an order's calls cost more than to place it.
    enableAutoPipelining: true,
    // It goes many keys at a time as it is.
    autoPipeliningIgnoredCommands: [COUNT_COMMAND],
  })
  redis.on('error', (error: Error) => log.warn({ reason: error.message }, 'Redis is not reachable'))
  return redis
}

/** A connection for BullMQ, which blocks on it and does its own retrying. */
export function openQueueRedis(url: string, log: Log): Redis {
  const redis = new Redis(url, { maxRetriesPerRequest: null, connectTimeout: 2_000 })
  redis.on('error', (error: Error) => log.warn({ reason: error.message }, 'Redis is not reachable for jobs'))
  return redis
}

/**
 * A connection for what is done at once or not at all: commands are refused while there is no server. A
 * command has no time-out of its own: whoever sends it knows how long it may take.
 */
export function openCacheRedis(url: string, log: Log): Redis {
  const redis = new Redis(url, {
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    connectTimeout: 2_000,
    socketTimeout: SILENCE_MS,
    retryStrategy,
  })
  redis.on('error', (error: Error) =>
    log.warn({ reason: error.message }, 'Redis is not reachable for caches'),
  )
  return redis
}

/** A connection that only listens. It comes back for as long as the process lives. */
export function openListeningRedis(url: string, log: Log): Redis {
  const redis = new Redis(url, {
    autoResubscribe: false,
    connectTimeout: 2_000,
    socketTimeout: SILENCE_MS,
    retryStrategy,
  })
  redis.on('error', (error: Error) =>
    log.warn({ reason: error.message }, 'Redis is not reachable for purges'),
  )
  // Whoever only listens cannot tell a quiet connection from one that is dead and was never closed.
  const asking = setInterval(() => {
    if (redis.status === 'ready') redis.ping().catch(() => undefined)
  }, ASK_EVERY_MS)
  asking.unref()
  redis.on('end', () => clearInterval(asking))
  return redis
}

/** Waits until the connection is there, or so long. */
export async function whenReady(redis: Redis, patienceMs: number): Promise<void> {
  if (redis.status === 'ready') return
  const patience = new AbortController()
  const ready = new Promise<void>((resolve) => redis.once('ready', resolve))
  await Promise.race([
    ready,
    sleep(patienceMs, undefined, { signal: patience.signal }).catch(() => undefined),
  ])
  patience.abort()
}
