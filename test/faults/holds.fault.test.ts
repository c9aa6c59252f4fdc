// Holds live in Redis alone: what becomes of them, and of orders, when that is gone, hangs or is emptied.
import { afterEach, expect, test } from 'vitest'
import { startApp, type TestApp } from '../setup/app.ts'
import { buyHeld, end, hold, selling } from '../setup/holding.ts'
import { expectInvariants } from '../setup/oracle.ts'
import { type PrivateRedis, privateRedis } from '../setup/private-redis.ts'

const closings: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closings.splice(0).reverse()) await close()
})

async function anApp(): Promise<{ app: TestApp; redis: PrivateRedis }> {
  const redis = await privateRedis()
  closings.push(() => redis.stop())
  const app = await startApp({ environment: { REDIS_URL: redis.url } })
  closings.push(() => app.close())
  return { app, redis }
}

for (const [what, fail] of [
  [
    'gone',
    (redis: PrivateRedis) => {
      // Only one that runs can be stopped.
      closings.push(() => redis.start())
      return redis.kill()
    },
  ],
  [
    'hanging',
    (redis: PrivateRedis) => {
      closings.push(() => redis.thaw())
      redis.freeze()
    },
  ],
] as const) {
  test(`Redis ${what}: nothing is held, and orders go on, with a hold and without`, async () => {
    const { app, redis } = await anApp()
    const category = await selling(app, 2)
    const held = await hold(app, category)
    await fail(redis)
    const refused = await hold(app, category)
    expect(refused).toMatchObject({ code: 'HOLD_UNAVAILABLE', retryAfter: 2_000 })
    expect((await end(app, 'ReleaseHold', held.id)).code).toBe('HOLD_UNAVAILABLE')
    expect((await end(app, 'ExtendHold', held.id)).code).toBe('HOLD_UNAVAILABLE')
    expect((await buyHeld(app, category, { holdId: held.id })).id).toBeDefined()
    expect((await buyHeld(app, category)).id).toBeDefined()
    expect((await buyHeld(app, category)).code).toBe('SOLD_OUT')
    await expectInvariants(app.prisma)
  }, 60_000)
}

test('Redis emptied: holds are over, and nothing is oversold', async () => {
  const { app, redis } = await anApp()
  const category = await selling(app, 2)
  const held = await hold(app, category, { tickets: [{ ticketCategoryId: category.id, quantity: 2 }] })
  await redis.client.flushall()
  expect((await buyHeld(app, category)).id).toBeDefined()
  expect((await buyHeld(app, category, { holdId: held.id })).code).toBe('HOLD_EXPIRED')
  expect(
    await hold(app, category, { tickets: [{ ticketCategoryId: category.id, quantity: 2 }] }),
  ).toMatchObject({
    code: 'SOLD_OUT',
    remaining: 1,
  })
  expect((await hold(app, category)).id).toBeDefined()
  expect((await buyHeld(app, category)).code).toBe('SOLD_OUT')
  await expectInvariants(app.prisma)
}, 60_000)
