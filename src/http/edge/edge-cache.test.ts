import { setImmediate } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, test } from 'vitest'
import { EdgeCache, type Entry } from './edge-cache.ts'
import type { PublicRead } from './read-request.ts'
import { contentHash } from './representation.ts'

const MEGABYTE = 1_048_576
const policy = { maxAge: 30, staleWhileRevalidate: 300, staleIfError: 300, scope: 'PUBLIC' } as const
const operation = {
  id: 'a'.repeat(64),
  name: 'Thing',
  document: { kind: 'Document', definitions: [] },
  definitions: [],
  policy,
  tagPlan: { lists: [], fields: [] },
  volatile: false,
  anonymous: true,
} as unknown as PublicRead['operation']

const readOf = (name: string): PublicRead => ({
  operation,
  policy,
  variables: { name },
  key: `thing:${name}`,
})

function entryIn(cache: EdgeCache, name: string, { size = 3_000, tags = ['karcis'] } = {}): Entry {
  const body = Buffer.alloc(size, `${name} `)
  return cache.entryOf(readOf(name), { body, tags, createdAt: 0, hash: contentHash(body) })
}

function put(cache: EdgeCache, name: string, options?: { size?: number; tags?: string[] }): Entry {
  const entry = entryIn(cache, name, options)
  cache.put(entry)
  return entry
}

/** The bytes that this process cannot do without. Buffers are given back some time after their collection. */
async function memoryInUse(): Promise<number> {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  let least = Number.POSITIVE_INFINITY
  for (let idle = 0; idle < 5; idle++) {
    collect()
    await setImmediate()
    const { heapUsed, external } = process.memoryUsage()
    if (heapUsed + external < least - 100_000) idle = 0
    least = Math.min(least, heapUsed + external)
  }
  return least
}

const noTags = () => null
const has = (cache: EdgeCache, name: string): boolean => cache.find(`thing:${name}`) !== undefined

describe('the bytes', () => {
  test('stay within the bound whatever comes', async () => {
    const cache = new EdgeCache(MEGABYTE, noTags)
    for (let one = 0; one < 3_000; one++) {
      const entry = put(cache, String(one), { size: 100 + (one % 40) * 200 })
      cache.remember(entry, `/graphql?${one}${'x'.repeat(one % 4_000)}`)
      await cache.representation(entry, one % 2, one % 3)
      expect(cache.bytes).toBeLessThanOrEqual(MEGABYTE)
    }
    expect(cache.size).toBeGreaterThan(50)
    expect(has(cache, '2999')).toBe(true)
  })

  test('are those of what is there, and none are left when all is gone', async () => {
    const cache = new EdgeCache(MEGABYTE, ({ tags }) => ['xkey', tags.join(' ')])
    const sum = () =>
      ['a', 'b', 'c'].reduce((bytes, name) => bytes + (cache.find(`thing:${name}`)?.bytes ?? 0), 0)
    for (const name of ['a', 'b', 'c']) {
      const entry = put(cache, name, { tags: ['karcis', name] })
      for (let spelling = 0; spelling < 9; spelling++)
        cache.remember(entry, `/${name}${'+'.repeat(spelling * 400)}`)
      await Promise.all([0, 1, 2, 1, 2].map((encoding) => cache.representation(entry, 0, encoding)))
      expect(cache.bytes).toBe(sum())
    }
    put(cache, 'b', { tags: ['karcis', 'b'], size: 10 })
    expect(cache.bytes).toBe(sum())
    cache.purge(['a'])
    expect(cache.bytes).toBe(sum())
    cache.purge(['karcis'])
    expect([cache.bytes, cache.size]).toEqual([0, 0])
    expect(cache.findByAddress('/c')).toBeUndefined()
  })

  test('count the addresses that lead to an entry, also when longer ones take the place of shorter ones', () => {
    const cache = new EdgeCache(MEGABYTE, noTags)
    const entry = put(cache, 'a')
    for (let one = 0; one < 4; one++) cache.remember(entry, `/${one}`)
    const before = cache.bytes
    for (let one = 0; one < 50; one++) cache.remember(entry, `/long-${one}-`.padEnd(4_000, '+'))
    expect(cache.bytes - before).toBeGreaterThanOrEqual(4 * 4_000)
    expect(cache.bytes - before).toBeLessThanOrEqual(2 * 4 * 4_000)
    expect(cache.findByAddress('/0')).toBeUndefined()
    expect(cache.findByAddress('/long-49-'.padEnd(4_000, '+'))).toBe(entry)
  })

  test('are what the process really keeps, to a quarter', async () => {
    const before = await memoryInUse()
    const cache = new EdgeCache(64 * MEGABYTE, ({ tags }) => ['xkey', tags.join(' ')])
    for (let one = 0; one < 4_000; one++) {
      const name = crypto.randomUUID()
      // From a slab that many buffers share, as answers come, and no better to compress than they are.
      const body = Buffer.from(Array.from({ length: 60 }, () => crypto.randomUUID()).join())
      const tags = ['karcis', `event-${name}`, `org-${name}`]
      const entry = cache.entryOf(readOf(name), { body, tags, createdAt: 0, hash: contentHash(body) })
      cache.put(entry)
      cache.remember(entry, `/graphql?documentId=sha256:${'a'.repeat(64)}&variables={"slug":"${name}"}`)
      await cache.representation(entry, 0, 1)
    }
    const ratio = ((await memoryInUse()) - before) / cache.bytes
    expect(ratio, 'memory by bytes').toBeGreaterThan(0.75)
    expect(ratio, 'memory by bytes').toBeLessThan(1.25)
    expect(cache.size).toBe(4_000)
  })

  test('of an answer are its own: no entry keeps a larger block of memory alive', async () => {
    const cache = new EdgeCache(MEGABYTE, noTags)
    const block = Buffer.alloc(65_536, 'answer ')
    const body = block.subarray(0, 2_000)
    const entry = cache.entryOf(readOf('a'), { body, tags: [], createdAt: 0, hash: contentHash(body) })
    cache.put(entry)
    expect(entry.content.body.equals(body)).toBe(true)
    for (const encoding of [0, 1, 2]) {
      const { body: bytes } = await cache.representation(entry, 0, encoding)
      expect(bytes.buffer.byteLength).toBe(bytes.length)
    }
  })
})

describe('when it is full', () => {
  const fill = (cache: EdgeCache, from: number, to: number) => {
    for (let one = from; one < to; one++) put(cache, String(one))
  }

  test('what is asked for stays, what nobody asks for goes', () => {
    const cache = new EdgeCache(MEGABYTE, noTags)
    const loved = Array.from({ length: 20 }, (_, one) => put(cache, `loved-${one}`))
    for (let round = 0; round < 100; round++) {
      for (const entry of loved) entry.used = true
      fill(cache, round * 100, (round + 1) * 100)
    }
    for (let one = 0; one < 20; one++) expect(has(cache, `loved-${one}`), String(one)).toBe(true)
    expect(has(cache, '0')).toBe(false)
  })

  test('what was asked for once goes too, in the end', () => {
    const cache = new EdgeCache(MEGABYTE, noTags)
    put(cache, 'once').used = true
    fill(cache, 0, 1_000)
    expect(has(cache, 'once')).toBe(false)
  })

  test('it makes room even if every entry is asked for', () => {
    const cache = new EdgeCache(MEGABYTE, noTags)
    for (let one = 0; one < 1_000; one++) put(cache, String(one)).used = true
    expect(cache.bytes).toBeLessThanOrEqual(MEGABYTE)
  })

  test('an entry that makes room for its own new address leaves nothing behind', () => {
    const cache = new EdgeCache(10_000, noTags)
    const [oldest] = [put(cache, 'a'), put(cache, 'b')]
    cache.remember(oldest, '/'.padEnd(4_000, '+'))
    expect(has(cache, 'a')).toBe(false)
    expect(cache.findByAddress('/'.padEnd(4_000, '+'))).toBeUndefined()
    expect(cache.bytes).toBe(cache.find('thing:b')?.bytes)
  })
})

test('an answer larger than the store is made ready but not kept, and takes the older one’s place with it', async () => {
  const cache = new EdgeCache(20_000, noTags)
  put(cache, 'a')
  const large = put(cache, 'a', { size: 30_000 })
  expect((await cache.representation(large, 0, 0)).body.length).toBe(30_000)
  cache.remember(large, '/a')
  expect([cache.size, cache.bytes]).toEqual([0, 0])
  expect(cache.findByAddress('/a')).toBeUndefined()
})

test('a store of no bytes keeps nothing', async () => {
  const cache = new EdgeCache(0, noTags)
  const entry = put(cache, 'a', { size: 1 })
  await cache.representation(entry, 0, 1)
  expect([cache.size, cache.bytes]).toEqual([0, 0])
})

test('a purge drops every entry with one of the tags, and no other', () => {
  const cache = new EdgeCache(MEGABYTE, noTags)
  put(cache, 'a', { tags: ['karcis', 'event-1'] })
  put(cache, 'b', { tags: ['karcis', 'event-1', 'event-2'] })
  put(cache, 'c', { tags: ['karcis', 'event-2'] })
  cache.purge(['event-1', 'event-1', 'event-9'])
  expect(['a', 'b', 'c'].filter((name) => has(cache, name))).toEqual(['c'])
})

test('an address that asked for an answer asks for the one that takes its place', () => {
  const cache = new EdgeCache(MEGABYTE, noTags)
  cache.remember(put(cache, 'a'), '/a')
  const renewed = put(cache, 'a')
  expect(cache.findByAddress('/a')).toBe(renewed)
})

test('an entry that is not kept any more is not found by an address that is learnt late', () => {
  const cache = new EdgeCache(MEGABYTE, noTags)
  const entry = put(cache, 'a', { tags: ['karcis'] })
  cache.purge(['karcis'])
  cache.remember(entry, '/a')
  expect(cache.findByAddress('/a')).toBeUndefined()
  expect(cache.bytes).toBe(0)
})

test('100 who ask for one encoding at once have it compressed once', async () => {
  let made = 0
  const cache = new EdgeCache(MEGABYTE, () => {
    made += 1
    return null
  })
  const entry = put(cache, 'a')
  const ready = await Promise.all(Array.from({ length: 100 }, () => cache.representation(entry, 0, 2)))
  expect(made).toBe(1)
  expect(new Set(ready).size).toBe(1)
  await cache.representation(entry, 0, 2)
  expect(made).toBe(1)
})
