import type { Redis } from 'ioredis'
import { z } from 'zod'
import type { PublicChanges } from '../../platform/public-changes.ts'
import type { Log, Metrics } from '../../platform/telemetry.ts'
import type { ResponseStore } from './response-store.ts'

/** Forgets answers in the store that all share and in every replica. CDNs are purged by the job alone. */
export interface Purges extends PublicChanges {
  /** Throws when Redis did not confirm it; safe to repeat. */
  purge(tags: readonly string[]): Promise<void>
}

export interface PurgesOptions {
  readonly redis: Redis
  readonly store: ResponseStore
  readonly log: Log
  readonly metrics: Metrics
  /** This process' own cache, which need not wait for Redis. */
  readonly forget: (tags: readonly string[]) => void
}

const Message = z.array(z.string())

/** One channel for each Redis database: channels, unlike keys, are shared by all databases of a server. */
const channelOf = (redis: Redis): string => `karcis:purge:${redis.options.db ?? 0}`

export function createPurges({ redis, store, log, metrics, forget }: PurgesOptions): Purges {
  async function purge(tags: readonly string[]): Promise<void> {
    try {
      // The store first: a replica that forgets before it would fill itself again from there.
      await store.purge(tags)
      await redis.publish(channelOf(redis), JSON.stringify(tags))
      metrics.purges.inc({ cache: 'replicas', outcome: 'done' })
    } catch (error) {
      metrics.purges.inc({ cache: 'replicas', outcome: 'failed' })
      throw error
    }
  }
  return {
    purge,
    announce(tags) {
      forget(tags)
      purge(tags).catch((error: unknown) =>
        log.warn({ err: error }, 'a purge did not reach Redis; its job will repeat it'),
      )
    },
  }
}

/**
 * Listens to the purges of all processes, on a connection of its own. `missed` is called when the connection is there
 * again after it was lost: nobody knows what was purged meanwhile.
 */
export function listenToPurges(
  redis: Redis,
  on: { readonly purged: (tags: readonly string[]) => void; readonly missed: () => void },
): void {
  let lost = false
  redis.on('message', (_channel: string, text: string) => {
    const tags = Message.safeParse(JSON.parse(text))
    if (tags.success) on.purged(tags.data)
  })
  redis.on('close', () => {
    lost = true
  })
  redis.on('ready', () => {
    redis.subscribe(channelOf(redis)).then(
      () => {
        if (lost) on.missed()
        lost = false
      },
      // The connection broke again; the next one subscribes.
      () => undefined,
    )
  })
}
