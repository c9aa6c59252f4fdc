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
   * Keeps an answer for its life, in milliseconds, unless one of its tags was purged since its fill began: then false. An answer
   * that was never asked for before is not kept, which is true: whoever asks for ever new ones would fill the store. Data from a replica may be `oldBy` milliseconds older than the fill.
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
// What Redis cannot answer in this time, the database can.
const PATIENCE_MS = 250
const PURGE_PATIENCE_MS = 2_000
// After a failure nobody waits for Redis again for so long.
const PAUSE_MS = 1_000

interface Shard {
  readonly clock: string
  readonly tags: string
  readonly asked: string
  readonly askedBefore: string
}

interface Scripts {
  karcisReadBuffer(keys: number, ...args: readonly string[]): Promise<Read[]>
  karcisWrite(
    entry: string,
    clock: string,
    tags: string,
    ...args: (string | number | Buffer)[]
  ): Promise<number>
  karcisPurge(clock: string, tags: string, names: string): Promise<string>
}

/** What READ says of a key: a moment, or what stands under it. */
type Read = Buffer | readonly [entry: Buffer]

const SPACE = 0x20
const LINE_FEED = 0x0a

/**
 * The store of one schema: `version` stands in the key of every answer, so that a release never reads what another one
 * wrote. Tags have no version: during a rollout each release purges the answers of both. `redis` should refuse commands
 * while it is not connected rather than queue them. A command is given up after `patienceMs`, 250 unless told.
 */
export function createResponseStore(
  redis: Redis | Cluster,
  options: { version: string; log: Log; metrics: Metrics; patienceMs?: number },
): ResponseStore {
  redis.defineCommand('karcisRead', { lua: READ })
  redis.defineCommand('karcisWrite', { numberOfKeys: 3, lua: WRITE })
  redis.defineCommand('karcisPurge', { numberOfKeys: 2, lua: PURGE })
  const scripts = redis as (Redis | Cluster) & Scripts
  const { log, metrics, patienceMs = PATIENCE_MS } = options
  const shards = Array.from({ length: redis.isCluster ? SHARDS_OF_A_CLUSTER : 1 }, (_, n) => {
    const name = `karcis:{answers-${n}}`
    const shard = {
      name,
      clock: `${name}:clock`,
      tags: `${name}:tags`,
      asked: `${name}:asked`,
      askedBefore: `${name}:asked-before`,
    }
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

  async function readAll(shard: Shard, entries: readonly string[]): Promise<Found[]> {
    const none = entries.map(() => foundOf(undefined))
    const found = await attempt('read', none, () => look(shard, entries), entries.length)
    const hits = found.filter(({ content }) => content !== null).length
    if (hits > 0) metrics.responseStore.inc({ outcome: 'hit' }, hits)
    const misses = found.filter((one) => one.content === null && one.moment !== null).length
    if (misses > 0) metrics.responseStore.inc({ outcome: 'miss' }, misses)
    return found
  }

  /**
   * Plain reads, one way there and back: a script would copy each answer three times. What is younger than the last purge
   * is good. The script looks at the others, and says when a fill begins. The clock is read last, so that no purge is
   * missed that was there before the entries were.
   */
  async function look(
    { clock, tags, asked, askedBefore }: Shard,
    entries: readonly string[],
  ): Promise<Found[]> {
    const answers =
      (await redis
        .pipeline()
        .mgetBuffer(...entries)
        .hmget(clock, 'since', 'purged')
        .exec()) ?? []
    for (const [error] of answers) if (error) throw error
    const [kept, [since, purged]] = answers.map(([, answer]) => answer) as [
      (Buffer | null)[],
      (string | null)[],
    ]
    const found = kept.map((entry) => {
      const stored = entry && since ? new Stored(entry) : null
      return stored && Number(since) <= stored.at && Number(purged ?? 0) < stored.at ? stored : null
    })
    const open = entries.filter((_, index) => !found[index])
    const looked =
      open.length === 0
        ? []
        : await scripts.karcisReadBuffer(open.length + 4, clock, tags, asked, askedBefore, ...open)
    let next = 0
    return found.map((content) => (content ? { content } : foundOf(looked[next++])))
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
          isAsked(moment) ? body : '',
        )
        return kept === 1
      })
    },
    async purge(tags) {
      const everywhere = shards.map((shard) => scripts.karcisPurge(shard.clock, shard.tags, tags.join(' ')))
      await within(PURGE_PATIENCE_MS, Promise.all(everywhere))
    },
  }
}

/** Whether the key was asked for before this fill. */
const isAsked = (moment: string): boolean => moment.endsWith('-1')

function foundOf(read: Read | undefined): Found {
  if (!read || Buffer.isBuffer(read)) return { content: null, moment: read?.toString() ?? null }
  return { content: new Stored(...read) }
}

/** An answer as Redis keeps it. Its tags are taken apart when somebody asks for them: an answer that is only given is not. */
class Stored implements Content {
  readonly body: Buffer
  readonly createdAt: number
  readonly hash: string
  /** When its fill began, in microseconds. */
  readonly at: number
  readonly #tags: Buffer

  constructor(entry: Buffer) {
    const end = entry.indexOf(LINE_FEED)
    const created = entry.indexOf(SPACE)
    const hash = entry.indexOf(SPACE, created + 1)
    const tags = entry.indexOf(SPACE, hash + 1)
    this.at = Number(entry.toString('latin1', 0, created))
    this.createdAt = Number(entry.toString('latin1', created + 1, hash))
    this.hash = entry.toString('latin1', hash + 1, tags)
    this.body = entry.subarray(end + 1)
    this.#tags = entry.subarray(tags + 1, end)
  }

  get tags(): readonly string[] {
    return this.#tags.toString().split(' ')
  }
}
