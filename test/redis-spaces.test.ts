// What stands in Redis, in which of the two, how much of it one network can make, and what goes on when either is full.
import { mkdir, rmdir } from 'node:fs/promises'
import { join as pathOf } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startApp, type TestApp } from './setup/app.ts'
import { forgetAnswers } from './setup/catalogue.ts'
import { end, hold, holding, said, selling } from './setup/holding.ts'
import { expectInvariants } from './setup/oracle.ts'
import { type PrivateRedis, privateRedis } from './setup/private-redis.ts'
import { guarded, join, joining, look } from './setup/queue.ts'
import { contentsOf, keysIn } from './setup/redis-contents.ts'
import { replicaOf } from './setup/replicas.ts'
import { eventually, guest, key, order, paid, pending } from './setup/shop.ts'
import { signUp } from './setup/staff.ts'
import { metric } from './setup/wire.ts'

let queue: PrivateRedis
let cache: PrivateRedis
let app: TestApp

beforeAll(async () => {
  // One after the other: two that look for a free port at once may find the same one.
  queue = await privateRedis('--maxmemory-policy', 'noeviction')
  cache = await privateRedis('--maxmemory-policy', 'allkeys-lru')
  app = await startApp({
    season: true,
    jobs: true,
    environment: { REDIS_URL: queue.url, REDIS_CACHE_URL: cache.url },
  })
})
afterAll(async () => {
  await app.close()
  await Promise.all([queue.stop(), cache.stop()])
})

/** All that either Redis is told while `work` runs, and all that it keeps then. */
async function told(work: () => Promise<unknown>): Promise<string> {
  const lines: string[] = []
  const monitors = await Promise.all([queue, cache].map(({ client }) => client.monitor()))
  for (const monitor of monitors)
    monitor.on('monitor', (_time, args: readonly string[]) => lines.push(args.join(' ')))
  try {
    await work()
  } finally {
    for (const monitor of monitors) monitor.disconnect()
  }
  return [...lines, await contentsOf(queue.client), await contentsOf(cache.client)].join('\n')
}

test('Redis is told no e-mail and no phone, neither in keys nor in values, on a journey through all that uses it', async () => {
  const phone = '081234567890'
  const buyer = { ...guest('journey'), phone }
  const category = await selling(app, 100)
  const { event } = await guarded(app)
  const text = await told(async () => {
    const { email, token } = await signUp(app)
    await app.call('Login', { input: { email, password: 'not the password' } })
    await app.call('Login', { input: { email: 'nobody@karcis.test', password: 'not the password' } })
    const held = await hold(app, category, { deviceId: 'device-of-the-journey' })
    await end(app, 'ExtendHold', held.id)
    await order(app, category, { buyer, holdId: held.id })
    await order(app, category, { buyer, promoCode: 'GUESSED' })
    await order(app, category, { buyer: { ...buyer, email: 'not an address' } })
    const { token: place } = await join(app, event.id)
    await look(app, event.id, place)
    await pending(app, 'gelora-kampus', 'Reguler', { buyer })
    await paid(app, 'gelora-kampus', 'Reguler', { buyer })
    await app.call('MyOrders', {}, { token })
    await app.query('{ events(first: 1) { edges { node { id } } } }', {}, { token })
    await eventually(async () => (await app.prisma.outbox.count({ where: { closedAt: null } })) === 0)
  })
  expect(text).toContain('karcis:login:')
  expect(text).toContain('karcis:limit:unpaid-messages')
  expect(text).toContain('karcis:limit:promo-network')
  // Members of a room and BullMQ's arguments are bytes, in which an @ alone says nothing.
  const leaks = text.split('\n').filter((line) => /\w@\w+\.\w|12-?345-?678-?90|not an address/.test(line))
  expect(leaks.map((line) => line.slice(0, 200))).toEqual([])
}, 60_000)

// Each way in which a Redis that answers refuses writes, and how it comes to take them again.
const refusals: readonly (readonly [string, (redis: PrivateRedis) => Promise<() => Promise<unknown>>])[] = [
  [
    'OOM',
    async ({ client }) => {
      await client.config('SET', 'maxmemory', '1')
      return () => client.config('SET', 'maxmemory', '0')
    },
  ],
  [
    'READONLY',
    async ({ client }) => {
      await client.replicaof('127.0.0.1', 1)
      return () => client.replicaof('NO', 'ONE')
    },
  ],
  [
    'MISCONF',
    async ({ client }) => {
      const [, folder = ''] = (await client.config('GET', 'dir')) as string[]
      const file = pathOf(folder, 'dump.rdb')
      const saved = async (status: string) => {
        await client.bgsave().catch(() => undefined)
        return (await client.info('persistence')).includes(`rdb_last_bgsave_status:${status}`)
      }
      await mkdir(file)
      await client.config('SET', 'save', '3600 1')
      await eventually(() => saved('err'))
      return async () => {
        await rmdir(file)
        await eventually(() => saved('ok'))
        await client.config('SET', 'save', '')
      }
    },
  ],
]

const readiness = async () => {
  const response = await fetch(`${app.url}/health/ready`)
  return { status: response.status, body: await response.json() }
}
const said200 = (status: string) => async () => {
  const { status: code, body } = await readiness()
  expect(code).toBe(200)
  expect(Object.keys(body)).toEqual(['status'])
  return body.status === status
}

const mailed = async (orderId: string) =>
  (await app.prisma.message.count({ where: { orderId, cause: 'ORDER_PAID', sentAt: { not: null } } })) > 0

describe.each([
  ['queue', () => queue],
  ['cache', () => cache],
] as const)('while the Redis of the %s refuses writes', (which, redisOf) => {
  test.each(refusals)('(%s) readiness says so, and orders go on', async (_name, refuse) => {
    const category = await selling(app, 10)
    const { event } = await guarded(app)
    const early = await join(app, event.id)
    const allow = await refuse(redisOf())
    let bought: Awaited<ReturnType<typeof paid>>
    try {
      await eventually(said200('degraded'))
      const name = `karcis_dependency_state{dependency="${which === 'queue' ? 'redis' : 'cache'}",state="refuses_writes"}`
      expect(await metric(app, name)).toBe(1)
      expect((await order(app, category)).body.data.createOrder.__typename).toBe('Order')
      bought = await paid(app, 'gelora-kampus', 'Reguler')
      if (which === 'cache') {
        // Nothing is held, and what must not be evicted is elsewhere.
        expect((await hold(app, category)).code).toBe('HOLD_UNAVAILABLE')
        expect((await look(app, event.id, early.token)).state).not.toBe('UNAVAILABLE')
        expect((await join(app, event.id)).token).not.toBeNull()
        await eventually(() => mailed(bought.order.id))
      }
      const reads = await app.call('EventList', { first: 3 }, { method: 'GET' })
      expect(reads.status).toBe(200)
    } finally {
      await allow()
    }
    await eventually(said200('ok'))
    await eventually(() => mailed(bought.order.id))
    await eventually(async () => (await hold(app, category)).id !== undefined)
  })
})

const from = (address: string) => ({ headers: { 'X-Forwarded-For': address } })
const RECORDS = 'karcis:{holds}:key:*'
const NETWORKS = 'karcis:{holds}:network:*'

describe('what holds leave in Redis', () => {
  test('is over with the hold, placed, extended or released, and is kept where it may be evicted', async () => {
    await cache.client.flushall()
    const category = await selling(app, 1_000)
    const lives = async () => {
      const keys = await keysIn(cache.client, RECORDS)
      return Promise.all(keys.map((name) => cache.client.pttl(name)))
    }
    for (let round = 0; round < 10; round++) {
      const { id } = await hold(app, category)
      await end(app, 'ReleaseHold', id)
    }
    const released = await lives()
    expect(released).toHaveLength(20)
    expect(Math.max(...released)).toBeLessThanOrEqual(300_000)
    expect(Math.min(...released)).toBeGreaterThan(0)
    expect(await cache.client.exists('karcis:{holds}:holds')).toBe(0)
    expect(await keysIn(queue.client, 'karcis:{holds}*')).toEqual([])
  })

  test('answers a key for as long as the hold is there, extended too', async () => {
    const category = await selling(app, 10)
    const [input, once] = [{ deviceId: `device-${key()}` }, key()]
    const held = await hold(app, category, input, once)
    const before = new Set(await keysIn(cache.client, RECORDS))
    // The app's clock goes on, and that of Redis with it.
    app.clock.advance(200)
    for (const name of before) await cache.client.pexpire(name, 100_000)
    await end(app, 'ExtendHold', held.id)
    const [extended] = (await keysIn(cache.client, RECORDS)).filter((name) => !before.has(name))
    const lives = await Promise.all([...before].map((name) => cache.client.pttl(name)))
    // Of the key that placed it, and of the one that extended it.
    expect(Math.max(...lives)).toBeGreaterThan(290_000)
    expect(await cache.client.pttl(extended ?? '')).toBeGreaterThan(290_000)
    const again = await holding(app, category, input, once)
    expect(again.headers.get('idempotent-replayed')).toBe('true')
    expect(said(again)).toEqual(held)
  })

  test('is bounded by network: who has filled it waits, is told how long, and may order', async () => {
    const category = await selling(app, 100)
    const bytesOf = async (address: string) => {
      await cache.client.del(await keysIn(cache.client, NETWORKS))
      await hold(app, category, {}, key(), from(address))
      return keysIn(cache.client, NETWORKS)
    }
    const near = '2001:db8:1:1::1'
    const answers = {
      itself: near,
      household: '2001:db8:1:1:ffff::9',
      site: '2001:db8:1:2::1',
      other: '2001:db8:2:1::1',
      carrier: '203.0.113.7',
    }
    const ask = async () => {
      const found: Record<string, string> = {}
      for (const [who, address] of Object.entries(answers)) {
        const answer = await hold(app, category, {}, key(), from(address))
        found[who] = answer.code ?? answer.__typename
      }
      return found
    }
    // A household has taken its share, and then all of them around it have.
    const [first, second] = await bytesOf(near)
    const least = async (bytes: number, names: readonly (string | undefined)[]) => {
      for (const name of names) await cache.client.set(name ?? '', bytes, 'KEEPTTL')
    }
    await least(4 * 1_048_576, [first, second])
    expect(await ask()).toEqual({
      itself: 'HOLD_UNAVAILABLE',
      household: 'HOLD_UNAVAILABLE',
      site: 'Hold',
      other: 'Hold',
      carrier: 'Hold',
    })
    await least(32 * 1_048_576, [first, second])
    expect(await ask()).toEqual({
      itself: 'HOLD_UNAVAILABLE',
      household: 'HOLD_UNAVAILABLE',
      site: 'HOLD_UNAVAILABLE',
      other: 'Hold',
      carrier: 'Hold',
    })
    // Both stand under one address of IPv4: 4 MiB are not yet all.
    const shared = await bytesOf('203.0.113.9')
    expect(shared).toHaveLength(2)
    await least(4 * 1_048_576, shared)
    expect((await hold(app, category, {}, key(), from('203.0.113.9'))).__typename).toBe('Hold')
    await least(32 * 1_048_576, shared)
    const refused = await hold(app, category, {}, key(), from('203.0.113.9'))
    expect(refused.code).toBe('HOLD_UNAVAILABLE')
    expect(refused.retryAfter).toBeGreaterThan(500_000)
    expect(refused.retryAfter).toBeLessThanOrEqual(600_000)
    expect((await order(app, category, {})).body.data.createOrder.__typename).toBe('Order')
  })

  test('counts for at least what it takes of memory', async () => {
    const category = await selling(app, 1_000)
    await cache.client.flushall()
    await hold(app, category)
    const used = async () => Number(/used_memory:(\d+)/.exec(await cache.client.info('memory'))?.[1])
    const before = await used()
    const placed = await Promise.all(
      Array.from({ length: 60 }, (_, n) =>
        hold(app, category, { deviceId: `device-${n}`.padEnd(128, '-') }, key(), from('203.0.113.10')),
      ),
    )
    await Promise.all(placed.map(({ id }) => end(app, 'ExtendHold', id)))
    const taken = (await used()) - before
    const counts = await Promise.all(
      (await keysIn(cache.client, NETWORKS)).map((name) => cache.client.get(name)),
    )
    expect(Math.max(...counts.map(Number))).toBeGreaterThan(taken)
  })
})

describe('what guests leave in waiting rooms', () => {
  test('is bounded by network and day, and who has a place or an account joins all the same', async () => {
    const { event } = await guarded(app)
    const { token: account } = await signUp(app)
    const here = from('203.0.113.20')
    await queue.client.del('none', ...(await keysIn(queue.client, 'karcis:limit:guest-places:*')))
    const { token } = await join(app, event.id, null, here)
    const [places = ''] = await keysIn(queue.client, 'karcis:limit:guest-places:*')
    expect(await queue.client.get(places)).toBe('1')
    await queue.client.set(places, 20_000, 'KEEPTTL')
    const members = () => queue.client.zcard(`karcis:{room-${event.id}}:active`)
    const before = await members()
    for (const made of [null, 'made-up', `${token}x`]) {
      const refused = await joining(app, event.id, made, here)
      expect(refused.status).toBe(429)
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(80_000)
      expect(refused.body.errors[0].extensions.code).toBe('RATE_LIMITED')
    }
    expect(await members()).toBe(before)
    expect((await join(app, event.id, token, here)).token).not.toBeNull()
    expect((await join(app, event.id, null, { ...here, token: account })).token).not.toBeNull()
    expect((await join(app, event.id, null, from('203.0.113.21'))).token).not.toBeNull()
  })

  test('is no more than a room can have, and who has a place keeps it', async () => {
    const opens = new Date(app.clock.now().getTime() + 3_600_000)
    const { event, category } = await guarded(app)
    await app.prisma.ticketCategory.update({ where: { id: category.id }, data: { salesStartAt: opens } })
    forgetAnswers(app)
    const { token } = await join(app, event.id)
    const crowd = `
      for batch = 1, 500 do
        local pairs = {}
        for n = 1, 1000 do pairs[2 * n - 1], pairs[2 * n] = batch * 1000 + n, 'made-up-' .. batch .. '-' .. n end
        redis.call('ZADD', KEYS[1], unpack(pairs))
      end`
    await queue.client.eval(crowd, 1, `karcis:{room-${event.id}}:waiting`)
    const { body } = await joining(app, event.id)
    expect(body.data.joinWaitingRoom).toMatchObject({
      code: 'WAITING_ROOM_UNAVAILABLE',
      message: expect.stringContaining('As many'),
    })
    expect((await join(app, event.id, token)).token).not.toBeNull()
    await queue.client.del(`karcis:{room-${event.id}}:waiting`)
  })
})

test('a hold of which Redis has evicted a part is over or good, and its buyer may order and hold again', async () => {
  const parts = (await keysIn(cache.client, 'karcis:{holds}:*')).filter((name) => !name.includes(':key:'))
  const names = new Set([
    'holds',
    'ends',
    'units',
    'slots',
    'marks',
    'sold',
    ...parts.map((name) => name.split(':')[2] ?? ''),
  ])
  for (const name of names) {
    const category = await selling(app, 2)
    const input = { deviceId: `device-${key()}` }
    const { id: holdId } = await hold(app, category, input)
    await cache.client.del(`karcis:{holds}:${name}`)
    const again = await hold(app, category, input)
    expect(again.__typename, name).toBe('Hold')
    const codes = []
    for (const given of [{ holdId }, { holdId: again.id }, {}, {}]) {
      const answer = (await order(app, category, given)).body.data.createOrder
      codes.push(answer.code ?? answer.__typename)
    }
    expect(codes.filter((code) => code === 'Order').length, `${name}: ${codes}`).toBeLessThanOrEqual(2)
    for (const code of codes) expect(['Order', 'HOLD_EXPIRED', 'SOLD_OUT'], name).toContain(code)
    expect(codes, name).toContain('Order')
  }
  await expectInvariants(app.prisma)
})

test('a flood of holds and of addresses fills no more than what may be evicted: mail, rooms and holds go on', async () => {
  const used = async ({ client }: PrivateRedis) =>
    Number(/used_memory:(\d+)/.exec(await client.info('memory'))?.[1])
  const evicted = async () => Number(/evicted_keys:(\d+)/.exec(await cache.client.info('stats'))?.[1])
  const other = await replicaOf(app, { EDGE_CACHE_MB: '0' })
  const category = await selling(app, 1_000)
  const { event } = await guarded(app)
  const place = await join(app, event.id)
  const room = 3 * 1_048_576
  for (const redis of [queue, cache])
    await redis.client.config('SET', 'maxmemory', String((await used(redis)) + room))
  const before = await evicted()
  try {
    for (let round = 0; (await evicted()) === before; round++) {
      expect(round).toBeLessThan(100)
      await Promise.all(
        Array.from({ length: 20 }, async (_, n) => {
          const held = await hold(app, category, { deviceId: `device-${round}-${n}`.padEnd(128, '-') })
          await end(app, 'ReleaseHold', held.id)
          const startsAfter = new Date((round * 20 + n) * 60_000).toISOString()
          for (let time = 0; time < 2; time++)
            await other.call('EventList', { first: 20, filter: { startsAfter } }, { method: 'GET' })
        }),
      )
    }
    // One Redis for both would now refuse its writes.
    await eventually(said200('ok'))
    const bought = await paid(app, 'gelora-kampus', 'Reguler')
    await eventually(() => mailed(bought.order.id))
    expect((await look(app, event.id, place.token)).joined).toBe(true)
    expect((await join(app, event.id)).token).not.toBeNull()
    expect((await hold(app, category)).__typename).toBe('Hold')
    expect(await keysIn(queue.client, 'karcis:{answers*')).toEqual([])
  } finally {
    for (const redis of [queue, cache]) await redis.client.config('SET', 'maxmemory', '0')
    await other.close()
  }
}, 60_000)
