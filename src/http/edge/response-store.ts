import { hash } from 'node:crypto'
import type { Cluster, Redis } from 'ioredis'
import type { Log, Metrics } from '../../platform/telemetry.ts'
import type { Content } from './representation.ts'
import { PURGE, READ, WRITE } from './response-store.lua.ts'

/** When a fill began, by the clock of the store; null when the store was not asked or is away. */
export type Moment = string | null

export type Found = { readonly content: Content } | { readonly content: null; readonly moment: Moment }

/** Answers that all replicas share, in Redis. It is never needed: what it cannot do in time, it does not do. */
export interface ResponseStore {
  /** One round trip. Looks at the tags too: an entry that was purged is not there. */
  read(key: string): Promise<Found>
  /**
   * Keeps an answer for its life, in milliseconds, unless one of its tags was purged since its fill began: then false.
   * Data from a replica may be `oldBy` milliseconds older than the fill.
   */
  write(
    key: string,
    content: Content,
    fill: { moment: Moment; lifeMs: number; oldBy: number },
  ): Promise<boolean>
  /** Makes every answer with one of the tags gone. Throws when Redis did not confirm it. */
  purge(tags: readonly string[]): Promise<void>
}

/** No store: each process reads for itself. */
export const noStore: ResponseStore = {
  read: async () => ({ content: null, moment: null }),
  write: async () => true,
  purge: async () => undefined,
}

// A key and the tags that it is compared with must share a slot of a Redis Cluster, and one slot would be one node. So tags
// are kept once for each shard: a read stays one step, and a purge, which is rare, is sixteen.
const SHARDS = 16
// Longer than any entry lives. A tag that is forgotten later has no entry left that it could have told of.
const PURGE_MEMORY_SECONDS = 3_600
// What Redis cannot answer in this time, the database can.
const PATIENCE_MS = 250
const PURGE_PATIENCE_MS = 2_000
// After a failure nobody waits for Redis again for so long.
const PAUSE_MS = 1_000

// The first argument is a key, and by it a client of a Cluster finds the node: also PURGE, which could name all its keys.
interface Scripts {
  karcisReadBuffer(entry: string, clock: string, tagPrefix: string, memory: number): Promise<Buffer[]>
  karcisWrite(entry: string, clock: string, ...args: (string | number | Buffer)[]): Promise<number>
  karcisPurge(clock: string, tagPrefix: string, memory: number, tags: string): Promise<string>
}

/**
 * The store of one schema: `version` stands in the key of every answer, so that a release never reads what another one
 * wrote. Tags have no version: during a rollout each release purges the answers of both. `redis` should refuse commands
 * while it is not connected rather than queue them. A command is given up after `patienceMs`, 100 unless told.
 */
export function createResponseStore(
  redis: Redis | Cluster,
  options: { version: string; log: Log; metrics: Metrics; patienceMs?: number },
): ResponseStore {
  redis.defineCommand('karcisRead', { numberOfKeys: 2, lua: READ })
  redis.defineCommand('karcisWrite', { numberOfKeys: 2, lua: WRITE })
  redis.defineCommand('karcisPurge', { numberOfKeys: 1, lua: PURGE })
  const scripts = redis as (Redis | Cluster) & Scripts
  const { log, metrics, patienceMs = PATIENCE_MS } = options
  const shard = (n: number) => `karcis:{answers-${n}}`
  const place = (key: string) => {
    // Whatever a client wrote, this is safe to stand in a key.
    const name = hash('sha256', key, 'hex')
    const base = shard(Number.parseInt(name.slice(0, 2), 16) % SHARDS)
    const entry = `${base}:answer:${options.version}:${name}`
    return { entry, clock: `${base}:clock`, tags: `${base}:tag:` }
  }
  let pausedUntil = 0

  /** Runs a command if Redis is well; `otherwise` when it is not, or does not answer in time. */
  async function attempt<T>(name: string, otherwise: T, command: () => Promise<T>): Promise<T> {
    if (performance.now() < pausedUntil) {
      metrics.responseStore.inc({ outcome: 'skipped' })
      return otherwise
    }
    try {
      return await within(patienceMs, command())
    } catch (error) {
      pausedUntil = performance.now() + PAUSE_MS
      metrics.responseStore.inc({ outcome: 'failed' })
      log.warn(
        { reason: error instanceof Error ? error.message : 'unknown', name },
        'the response store is not reachable',
      )
      return otherwise
    }
  }

  return {
    read(key) {
      const { entry, clock, tags } = place(key)
      return attempt<Found>('read', { content: null, moment: null }, async () => {
        const [first, created, names, sum] = await scripts.karcisReadBuffer(
          entry,
          clock,
          tags,
          PURGE_MEMORY_SECONDS,
        )
        if (!first || !created || !names || !sum) {
          metrics.responseStore.inc({ outcome: 'miss' })
          return { content: null, moment: first?.toString() ?? null }
        }
        metrics.responseStore.inc({ outcome: 'hit' })
        const content = {
          body: first,
          createdAt: Number(created.toString()),
          tags: names.toString().split(' '),
          hash: sum.toString(),
        }
        return { content }
      })
    },
    write(key, { body, tags: names, createdAt, hash: sum }, { moment, lifeMs, oldBy }) {
      // Without the moment nothing says whether a purge came between.
      if (moment === null) return Promise.resolve(true)
      const { entry, clock, tags } = place(key)
      return attempt('write', true, async () => {
        const life = Math.max(1, Math.round(lifeMs))
        const kept = await scripts.karcisWrite(
          entry,
          clock,
          tags,
          moment,
          oldBy * 1_000,
          life,
          names.join(' '),
          createdAt,
          sum,
          body,
        )
        return kept === 1
      })
    },
    async purge(tags) {
      const everywhere = Array.from({ length: SHARDS }, (_, n) =>
        scripts.karcisPurge(`${shard(n)}:clock`, `${shard(n)}:tag:`, PURGE_MEMORY_SECONDS, tags.join(' ')),
      )
      await within(PURGE_PATIENCE_MS, Promise.all(everywhere))
    },
  }
}

/** Throws when the work takes longer. */
export async function within<T>(milliseconds: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    // After a stall of this process the answer may be here and unread: reading comes before what is set immediate.
    timer = setTimeout(() => setImmediate(() => reject(new Error('late'))), milliseconds)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
