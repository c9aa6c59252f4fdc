import { Redis } from 'ioredis'
import type { Log } from './telemetry.ts'

/** A connection for commands: fails fast, because reads and writes must go on without Redis. */
export function openRedis(url: string, log: Log): Redis {
  const redis = new Redis(url, {
    maxRetriesPerRequest: 1,
    connectTimeout: 2_000,
    commandTimeout: 2_000,
    retryStrategy: (attempt) => Math.min(50 * 2 ** Math.min(attempt, 6), 2_000),
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
