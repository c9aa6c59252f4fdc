// The store of answers in Redis: what a purge does to it, whatever comes between. Through HTTP: shared-answers.test.ts.
import { hash } from 'node:crypto'
import { once } from 'node:events'
import { Cluster, type Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freePort } from '../scripts/services/service.ts'
import { createResponseStore, type Moment, type ResponseStore } from '../src/http/edge/response-store.ts'
import { openCacheRedis, whenReady } from '../src/platform/redis.ts'
import { createLog, createMetrics } from '../src/platform/telemetry.ts'
import { type PrivateRedis, privateRedis } from './setup/private-redis.ts'
import { keysIn } from './setup/redis-contents.ts'
import { eventually } from './setup/shop.ts'

const SHARDS = Array.from({ length: 16 }, (_, n) => `karcis:{answers-${n}}`)
const log = createLog('silent')
const metrics = createMetrics(() => ({ total: 0, idle: 0, waiting: 0 }))
const closings: (() => unknown)[] = []

let redis: PrivateRedis
beforeAll(async () => {
  redis = await privateRedis()
})
afterAll(async () => {
  for (const close of closings.reverse()) await close()
  await redis.stop()
})

async function connect(url: string): Promise<Redis> {
  const connection = openCacheRedis(url, log)
  closings.push(() => connection.disconnect())
  await whenReady(connection, 5_000)
  return connection
}

const storeOn = (connection: Redis | Cluster, version = 'v1'): ResponseStore =>
  // On a busy machine a command may take longer than a reader would wait for it.
  createResponseStore(connection, { version, log, metrics, patienceMs: 10_000 })

const content = (text: string, tags: readonly string[] = ['karcis', 'event-1']) => {
  const body = Buffer.from(text)
  return { body, tags, createdAt: 1_700_000_000_000, hash: hash('sha256', body, 'base64url') }
}

/** The body under a key, or null. */
async function bodyOf(store: ResponseStore, key: string): Promise<string | null> {
  const found = await store.read(key)
  return found.content?.body.toString() ?? null
}

/** The moment at which a fill of this key begins. */
async function begin(store: ResponseStore, key: string): Promise<Moment> {
  // An answer is kept for the second who asks.
  await store.read(key)
  const found = await store.read(key)
  if (found.content) throw new Error('There is an answer, so nothing begins.')
  expect(found.moment).toMatch(/^\d{16}-\d{16}-1$/)
  return found.moment
}

const finish = (store: ResponseStore, key: string, moment: Moment, text = 'answer', oldBy = 0) =>
  store.write(key, content(text), { moment, lifeMs: 30_000, oldBy })

/** Microseconds of the store's clock. */
const timeOf = (moment: Moment): number => Number(moment?.split('-')[1])

async function fill(store: ResponseStore, key: string, text = 'answer'): Promise<boolean> {
  return finish(store, key, await begin(store, key), text)
}

describe('a purge', () => {
  let store: ResponseStore
  beforeAll(async () => {
    store = storeOn(await connect(redis.url))
  })

  test('makes an answer with the tag gone and leaves the others', async () => {
    await fill(store, 'mine')
    await store.write('other', content('other', ['karcis', 'event-2']), {
      moment: await begin(store, 'other'),
      lifeMs: 30_000,
      oldBy: 0,
    })
    await store.purge(['event-1'])
    expect(await bodyOf(store, 'mine')).toBeNull()
    expect(await bodyOf(store, 'other')).toBe('other')
    await store.purge(['karcis'])
    expect(await bodyOf(store, 'other')).toBeNull()
  })

  test('between the begin of a fill and its end keeps the fill out, in every shard', async () => {
    const keys = Array.from({ length: 100 }, (_, index) => `early-${index}`)
    const moments = await Promise.all(keys.map((key) => begin(store, key)))
    await store.purge(['event-1'])
    const stored = await Promise.all(keys.map((key, index) => finish(store, key, moments[index] ?? null)))
    expect(new Set(stored)).toEqual(new Set([false]))
    for (const key of keys) expect(await bodyOf(store, key)).toBeNull()
  })

  test.each(['clock', 'tags', 'asked', 'asked-before'])(
    'holds, and what was filled before it is not kept, where Redis has evicted the %s',
    async (name) => {
      await store.purge(['others'])
      await fill(store, 'evicted')
      const early = await begin(store, 'early')
      await store.purge(['event-1'])
      await redis.client.del(...SHARDS.map((shard) => `${shard}:${name}`))
      expect(await finish(store, 'early', early)).toBe(false)
      expect(await bodyOf(store, 'evicted')).toBeNull()
      // And a purge of others does not bring it back.
      await fill(store, 'again')
      await store.purge(['event-1'])
      await redis.client.del(...SHARDS.map((shard) => `${shard}:${name}`))
      await store.purge(['others'])
      expect(await bodyOf(store, 'again')).toBeNull()
      expect(await fill(store, 'again', 'new')).toBe(true)
      expect(await bodyOf(store, 'again')).toBe('new')
    },
  )

  test('is not lost on a Redis that is full: what is there is good no more', async () => {
    await fill(store, 'full')
    await redis.client.config('SET', 'maxmemory', '1', 'maxmemory-policy', 'noeviction')
    await store.purge(['event-1'])
    await redis.client.config('SET', 'maxmemory', '0')
    expect(await bodyOf(store, 'full')).toBeNull()
  })

  test('lets the next fill in', async () => {
    await store.purge(['event-1'])
    expect(await fill(store, 'late', 'new')).toBe(true)
    expect(await bodyOf(store, 'late')).toBe('new')
  })

  test('before a fill keeps out data that may be older than the purge', async () => {
    await store.purge(['event-1'])
    const moment = await begin(store, 'lagging')
    expect(await finish(store, 'lagging', moment, 'old', 5_000)).toBe(false)
    expect(await bodyOf(store, 'lagging')).toBeNull()
    expect(await finish(store, 'lagging', moment, 'new', 0)).toBe(true)
  })

  test('comes after what was kept by a server whose clock was an hour ahead', async () => {
    const ahead = `${Date.now() + 3_600_000}000`
    for (const shard of SHARDS) await redis.client.hset(`${shard}:clock`, 'last', ahead)
    expect(await fill(store, 'ahead')).toBe(true)
    expect(await bodyOf(store, 'ahead')).toBe('answer')
    const moment = await begin(store, 'in flight')
    expect(timeOf(moment)).toBeGreaterThan(Number(ahead))
    await store.purge(['event-1'])
    expect(await bodyOf(store, 'ahead')).toBeNull()
    expect(await finish(store, 'in flight', moment)).toBe(false)
    expect(await fill(store, 'in flight')).toBe(true)
  })

  test('knows the moment of every fill, so that no later moment is smaller', async () => {
    const moment = await begin(store, 'remembered')
    const clocks = await Promise.all(SHARDS.map((shard) => redis.client.hget(`${shard}:clock`, 'last')))
    expect(clocks.map(Number)).toContain(timeOf(moment))
  })

  test('that Redis has forgotten is not missed: what began before Redis was emptied is not kept', async () => {
    const early = await begin(store, 'emptied')
    await store.purge(['event-1'])
    await redis.client.flushall()
    expect(await finish(store, 'emptied', early, 'old')).toBe(false)
    const late = await begin(store, 'emptied')
    // The shard has a clock again, and still no memory of the purge.
    expect(await finish(store, 'emptied', early, 'old')).toBe(false)
    expect(await finish(store, 'emptied', late, 'lagging', 5_000)).toBe(false)
    expect(await finish(store, 'emptied', late, 'new')).toBe(true)
    expect(await bodyOf(store, 'emptied')).toBe('new')
  })
})

describe('an answer', () => {
  const once = async (store: ResponseStore, key: string) => {
    const { moment } = (await store.read(key)) as { moment: Moment }
    return finish(store, key, moment)
  }

  test('is kept for the second who asks, by whichever process, and not for the first', async () => {
    const [store, other] = [storeOn(await connect(redis.url)), storeOn(await connect(redis.url))]
    expect(await once(store, 'first')).toBe(true)
    expect(await bodyOf(other, 'first')).toBeNull()
    expect(await once(store, 'second')).toBe(true)
    expect(await once(other, 'second')).toBe(true)
    expect(await bodyOf(store, 'second')).toBe('answer')
  })

  test('that was purged is kept for the first who asks again', async () => {
    const store = storeOn(await connect(redis.url))
    await fill(store, 'loved')
    await store.purge(['event-1'])
    await redis.client.del('karcis:{answers-0}:asked')
    expect(await once(store, 'loved')).toBe(true)
    expect(await bodyOf(store, 'loved')).toBe('answer')
  })

  test('that nobody asks for twice leaves nothing: what is remembered of 20,000 takes as much as of 10', async () => {
    const store = storeOn(await connect(redis.url))
    await redis.client.flushall()
    const ask = (from: number, to: number) =>
      Promise.all(Array.from({ length: to - from }, (_, n) => once(store, `flood-${from + n}`)))
    const used = async () => Number(/used_memory_dataset:(\d+)/.exec(await redis.client.info('memory'))?.[1])
    await ask(0, 10)
    const before = await used()
    for (let n = 0; n < 20_000; n += 2_000) await ask(n + 10, n + 2_010)
    expect(await keysIn(redis.client)).toEqual(['karcis:{answers-0}:asked', 'karcis:{answers-0}:clock'])
    expect(await redis.client.strlen('karcis:{answers-0}:asked')).toBeLessThanOrEqual(524_288)
    expect((await used()) - before).toBeLessThan(1_048_576)
  })

  test('is remembered to be asked for in two generations, each of a bounded number', async () => {
    const store = storeOn(await connect(redis.url))
    await redis.client.flushall()
    await once(store, 'old')
    const full = () => redis.client.hset('karcis:{answers-0}:clock', 'asked', 249_999)
    await full()
    await once(store, 'fills the first')
    expect(await keysIn(redis.client)).toContain('karcis:{answers-0}:asked-before')
    // Known by the generation before, and after another one by none.
    expect((await store.read('old')) as object).toMatchObject({ moment: expect.stringMatching(/-1$/) })
    await once(store, 'unlike')
    await full()
    await once(store, 'fills the second')
    await full()
    await once(store, 'fills the third')
    expect((await store.read('unlike')) as object).toMatchObject({ moment: expect.stringMatching(/-0$/) })
  })
})

describe('a release with another schema', () => {
  test('does not read the answers of this one, and purges them', async () => {
    const before = storeOn(await connect(redis.url), 'old')
    const after = storeOn(await connect(redis.url), 'new')
    await fill(before, 'shared', 'of the old one')
    expect(await bodyOf(after, 'shared')).toBeNull()
    await fill(after, 'shared', 'of the new one')
    expect(await bodyOf(before, 'shared')).toBe('of the old one')
    await after.purge(['event-1'])
    expect(await bodyOf(before, 'shared')).toBeNull()
    expect(await bodyOf(after, 'shared')).toBeNull()
  })
})

describe('in a Redis Cluster', () => {
  const node = async () => {
    // By itself a node talks with others on its port + 10000, which may be somebody's already.
    const bus = await freePort()
    const started = await privateRedis('--cluster-enabled', 'yes', '--cluster-port', String(bus))
    closings.push(() => started.stop())
    return { ...started, bus }
  }
  const isWhole = ({ client }: PrivateRedis) =>
    eventually(async () => String(await client.cluster('INFO')).includes('cluster_state:ok'))

  async function works(store: ResponseStore): Promise<void> {
    const keys = Array.from({ length: 40 }, (_, index) => `key-${index}`)
    expect(new Set(await Promise.all(keys.map((key) => fill(store, key, key))))).toEqual(new Set([true]))
    expect(await Promise.all(keys.map((key) => bodyOf(store, key)))).toEqual(keys)
    await store.purge(['event-1', 'events'])
    expect(new Set(await Promise.all(keys.map((key) => bodyOf(store, key))))).toEqual(new Set([null]))
  }

  test('the keys of one step stand in one slot; those of two shards would be refused', async () => {
    const one = await node()
    await one.client.cluster('ADDSLOTSRANGE', 0, 16_383)
    await isWhole(one)
    const connection = await connect(one.url)
    await works(storeOn(connection))
    const [first = '', second = ''] = SHARDS
    await expect(one.client.mget(`${first}:clock`, `${second}:clock`)).rejects.toThrow('CROSSSLOT')
    await expect(one.client.mget(`${first}:clock`, `${first}:tags`)).resolves.toHaveLength(2)
  })

  test('a client of two nodes finds the node of each shard', async () => {
    const [left, right] = [await node(), await node()]
    await left.client.cluster('ADDSLOTSRANGE', 0, 8_191)
    await right.client.cluster('ADDSLOTSRANGE', 8_192, 16_383)
    await left.client.call('CLUSTER', 'MEET', '127.0.0.1', right.port, right.bus)
    await Promise.all([isWhole(left), isWhole(right)])
    const cluster = new Cluster([{ host: '127.0.0.1', port: left.port }])
    closings.push(() => cluster.disconnect())
    await once(cluster, 'ready')
    // It connects to a node when it first has something for it, which may take longer than a look-up waits.
    await Promise.all(cluster.nodes('master').map((node) => node.ping()))
    await works(storeOn(cluster))
    expect(await left.client.dbsize()).toBeGreaterThan(0)
    expect(await right.client.dbsize()).toBeGreaterThan(0)
  })
})
