// What stands in Redis, in which of the two, how much of it one network can make, and what goes on when either is full.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startApp, type TestApp } from './setup/app.ts'
import { end, hold, selling } from './setup/holding.ts'
import { type PrivateRedis, privateRedis } from './setup/private-redis.ts'
import { guarded, join, look } from './setup/queue.ts'
import { contentsOf } from './setup/redis-contents.ts'
import { eventually, guest, order, paid, pending } from './setup/shop.ts'
import { signUp } from './setup/staff.ts'

let queue: PrivateRedis
let cache: PrivateRedis
let app: TestApp

beforeAll(async () => {
  ;[queue, cache] = await Promise.all([
    privateRedis('--maxmemory-policy', 'noeviction'),
    privateRedis('--maxmemory-policy', 'allkeys-lru'),
  ])
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
  expect(text).toContain('karcis:limit:login-email')
  expect(text).toContain('karcis:limit:unpaid-messages')
  expect(text).toContain('karcis:limit:promo-network')
  // Members of a room and BullMQ's arguments are bytes, in which an @ alone says nothing.
  const leaks = text.split('\n').filter((line) => /\w@\w+\.\w|12-?345-?678-?90|not an address/.test(line))
  expect(leaks.map((line) => line.slice(0, 200))).toEqual([])
}, 60_000)
