// The provider waits five seconds for our answer. What a notification sets going may hang or be away meanwhile.
import { afterEach, expect, test } from 'vitest'
import { startApp, type TestApp } from '../setup/app.ts'
import { addJobs, openRows, workJobs } from '../setup/jobs.ts'
import { expectInvariants } from '../setup/oracle.ts'
import { privateRedis } from '../setup/private-redis.ts'
import { eventually, notificationFor, notify, pending, statusOf } from '../setup/shop.ts'

const KIND = 'send-tickets'
const closings: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closings.splice(0).reverse()) await close()
})

async function anApp(redisUrl?: string): Promise<TestApp> {
  const app = await startApp({ season: true, environment: redisUrl ? { REDIS_URL: redisUrl } : {} })
  closings.push(() => app.close())
  return app
}

type Bought = Awaited<ReturnType<typeof pending>>

const orders = (app: TestApp, count: number): Promise<Bought[]> =>
  Promise.all(Array.from({ length: count }, () => pending(app)))

/** Each is told twice, all at once. */
async function settleAll(app: TestApp, bought: readonly Bought[]): Promise<void> {
  const told = [...bought, ...bought].map(({ payment }) =>
    notify(app, notificationFor(payment, 'settlement')),
  )
  for (const { status } of await Promise.all(told)) expect(status).toBe(200)
  for (const { order } of bought) expect(await statusOf(app, order.id)).toBe('PAID')
  await expectInvariants(app.prisma)
}

test('notifications are answered, and tickets issued, while all that the worker has begun hangs', async () => {
  const app = await anApp()
  const bought = await orders(app, 6)
  let begun = 0
  let letGo = () => {}
  const over = new Promise<void>((resolve) => {
    letGo = resolve
  })
  const hangs = () => {
    begun += 1
    return over
  }
  const jobs = workJobs(app, app.environment['REDIS_URL'] ?? '', { [KIND]: hangs, slow: hangs })
  closings.push(() => jobs.close())
  closings.push(() => letGo())
  // The worker is in the process that answers, which is the worst place for it, and has its hands full already.
  await addJobs(app, 'slow', 4)
  await eventually(async () => begun === 4)
  await settleAll(app, bought)
  expect(begun).toBe(4)
  expect(await openRows(app, KIND)).toBe(bought.length)
  letGo()
  await eventually(async () => (await openRows(app, KIND)) === 0)
  expect(begun).toBe(4 + bought.length)
})

test.each(['kill', 'freeze'] as const)(
  'notifications are answered while Redis is away (%s), and their jobs wait for it',
  async (fault) => {
    const redis = await privateRedis()
    closings.push(() => redis.stop())
    const app = await anApp(redis.url)
    const bought = await orders(app, 6)
    const done: unknown[] = []
    const jobs = workJobs(app, redis.url, { [KIND]: async (payload) => void done.push(payload) })
    closings.push(() => jobs.close())
    await redis[fault]()
    closings.push(() => redis.thaw())
    await settleAll(app, bought)
    expect(await openRows(app, KIND)).toBe(bought.length)
    if (fault === 'kill') await redis.start()
    else redis.thaw()
    await eventually(async () => (await openRows(app, KIND)) === 0, 20)
    expect(new Set(done.map((payload) => JSON.stringify(payload))).size).toBe(bought.length)
  },
)
