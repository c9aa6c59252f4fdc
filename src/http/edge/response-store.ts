import { hash } from 'node:crypto'
import type { Cluster, Redis } from 'ioredis'
import type { Log, Metrics } from '../../platform/telemetry.ts'
import { together } from '../../platform/together.ts'
import { within } from '../../platform/within.ts'
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

// A key and the tags that it is compared with must share a slot of a Redis Cluster, and one slot would be one node. So there
// tags are kept once for each shard: a read stays one step, and a purge, which is rare, is sixteen.
const SHARDS_OF_A_CLUSTER = 16
// Reads that come in one turn of the event loop go in one call, because a call costs more than what it fetches. More than
// these would keep Redis from others for a millisecond.
const MAX_TOGETHER = 16
// Longer than any entry lives. A tag that is forgotten later has no entry left that it could have told of.
const PURGE_MEMORY_SECONDS = 3_600
// What Redis cannot answer in this time, the database can.
const PATIENCE_MS = 250
const PURGE_PATIENCE_MS = 2_000
// After a failure nobody waits for Redis again for so long.
const PAUSE_MS = 1_000

// The first key tells a client of a Cluster the node: also PURGE, which could name all its keys, has one.
interface Scripts {
  karcisReadBuffer(keys: number, clock: string, ...args: (string | number)[]): Promise<Read[]>
  karcisWrite(entry: string, clock: string, ...args: (string | number | Buffer)[]): Promise<number>
  karcisPurge(clock: string, tagPrefix: string, memory: number, tags: string): Promise<string>
}

/** What stands under a key: a moment, or the answer's description and bytes. */
type Read = Buffer | readonly [about: Buffer, body: Buffer]

const SPACE = 0x20

/**
 * The store of one schema: `version` stands in the key of every answer, so that a release never reads what another one
 * wrote. Tags have no version: during a rollout each release purges the answers of both. `redis` should refuse commands
 * while it is not connected rather than queue them. A command is given up after `patienceMs`, 100 unless told.
 */
export function createResponseStore(
  redis: Redis | Cluster,
  options: { version: string; log: Log; metrics: Metrics; patienceMs?: number },
): ResponseStore {
  redis.defineCommand('karcisRead', { lua: READ })
  redis.defineCommand('karcisWrite', { numberOfKeys: 2, lua: WRITE })
  redis.defineCommand('karcisPurge', { numberOfKeys: 1, lua: PURGE })
  const scripts = redis as (Redis | Cluster) & Scripts
  const { log, metrics, patienceMs = PATIENCE_MS } = options
  const shards = Array.from({ length: redis.isCluster ? SHARDS_OF_A_CLUSTER : 1 }, (_, n) => {
    const name = `karcis:{answers-${n}}`
    const shard = { name, clock: `${name}:clock`, tags: `${name}:tag:` }
    return {
      ...shard,
      read: together(MAX_TOGETHER, (entries: readonly string[]) => readAll(shard, entries)),
    }
  })
  const place = (key: string) => {
    // Whatever a client wrote, this is safe to stand in a key.
    const name = hash('sha256', key, 'hex')
    const shard = shards[Number.parseInt(name.slice(0, 2), 16) % shards.length]
    if (!shard) throw new Error('There is a shard for each key.')
    return { shard, entry: `${shard.name}:answer:${options.version}:${name}` }
  }
  let pausedUntil = 0

  /** Runs a command if Redis is well; `otherwise` when it is not, or does not answer in time. */
  async function attempt<T>(name: string, otherwise: T, command: () => Promise<T>, answers = 1): Promise<T> {
    if (performance.now() < pausedUntil) {
      metrics.responseStore.inc({ outcome: 'skipped' }, answers)
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

  async function readAll(
    shard: { clock: string; tags: string },
    entries: readonly string[],
  ): Promise<Found[]> {
    const answers = await attempt<Read[]>(
      'read',
      [],
      () =>
        scripts.karcisReadBuffer(
          entries.length + 1,
          shard.clock,
          ...entries,
          shard.tags,
          PURGE_MEMORY_SECONDS,
        ),
      entries.length,
    )
    const found = entries.map((_, index) => foundOf(answers[index]))
    const hits = found.filter(({ content }) => content !== null).length
    if (hits > 0) metrics.responseStore.inc({ outcome: 'hit' }, hits)
    if (hits < answers.length) metrics.responseStore.inc({ outcome: 'miss' }, answers.length - hits)
    return found
  }

  return {
    read(key) {
      const { shard, entry } = place(key)
      return shard.read(entry)
    },
    write(key, { body, tags: names, createdAt, hash: sum }, { moment, lifeMs, oldBy }) {
      // Without the moment nothing says whether a purge came between.
      if (moment === null) return Promise.resolve(true)
      const { shard, entry } = place(key)
      return attempt('write', true, async () => {
        const life = Math.max(1, Math.round(lifeMs))
        const tags = names.join(' ')
        const kept = await scripts.karcisWrite(
          entry,
          shard.clock,
          shard.tags,
          moment,
          oldBy * 1_000,
          life,
          tags,
          `${createdAt} ${sum} ${tags}`,
          body,
        )
        return kept === 1
      })
    },
    async purge(tags) {
      const everywhere = shards.map(({ clock, tags: prefix }) =>
        scripts.karcisPurge(clock, prefix, PURGE_MEMORY_SECONDS, tags.join(' ')),
      )
      await within(PURGE_PATIENCE_MS, Promise.all(everywhere))
    },
  }
}

function foundOf(read: Read | undefined): Found {
  if (!read || Buffer.isBuffer(read)) return { content: null, moment: read?.toString() ?? null }
  return { content: new Stored(...read) }
}

/** An answer as Redis keeps it. Its tags are taken apart when somebody asks for them: an answer that is only given is not. */
class Stored implements Content {
  readonly body: Buffer
  readonly createdAt: number
  readonly hash: string
  readonly #tags: Buffer

  constructor(about: Buffer, body: Buffer) {
    const [created, hash] = [about.indexOf(SPACE), about.indexOf(SPACE, about.indexOf(SPACE) + 1)]
    this.body = body
    this.createdAt = Number(about.toString('latin1', 0, created))
    this.hash = about.toString('latin1', created + 1, hash)
    this.#tags = about.subarray(hash + 1)
  }

  get tags(): readonly string[] {
    return this.#tags.toString().split(' ')
  }
}
