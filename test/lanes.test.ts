// Messages have a lane and a pace of their own: nothing waits behind them, and none is lost by waiting for its turn.
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { newId } from '../src/platform/ids.ts'
import type { Jobs } from '../src/platform/jobs.ts'
import { enqueue } from '../src/platform/outbox.ts'
import { startApp, type TestApp } from './setup/app.ts'
import { addJobs, allDone, openRows, workJobs } from './setup/jobs.ts'
import { expectInvariants } from './setup/oracle.ts'
import { replicaOf } from './setup/replicas.ts'
import { eventually, notificationFor, notify, order, pending, statusOf } from './setup/shop.ts'

let app: TestApp
let redisUrl: string
const workers: Jobs[] = []

beforeAll(async () => {
  app = await startApp({ season: true })
  redisUrl = app.environment['REDIS_URL'] ?? ''
})
afterEach(async () => {
  await Promise.all(workers.splice(0).map((worker) => worker.close()))
  await app.prisma.outbox.deleteMany({ where: { closedAt: null } })
  await app.app.deps.redis.flushdb()
})
afterAll(async () => {
  await expectInvariants(app.prisma)
  await app.close()
})

const inRedis = (state: 'wait' | 'active') => app.app.deps.redis.llen(`{karcis}:messages:${state}`)
const waiting = () => inRedis('wait')

/** Works `told`, a kind of message, so many a second. */
function tellAt(messagesPerSecond: number, told: (id: string) => Promise<void>): Jobs {
  const jobs = workJobs(app, redisUrl, { told }, { messageKinds: [['told']], messagesPerSecond })
  workers.push(jobs)
  return jobs
}

test('a job is done while more messages than Redis holds wait for a mail server that does not answer', async () => {
  await addJobs(app, 'told', 1_200)
  const release = Promise.withResolvers<void>()
  const jobs = workJobs(
    app,
    redisUrl,
    { told: () => release.promise, 'purges something': async () => undefined },
    // As many as Redis holds at most: what leaves until the poll after next is more.
    { messageKinds: [['told']], messagesPerSecond: 100_000 },
  )
  try {
    await eventually(async () => (await waiting()) >= 990)
    await addJobs(app, 'purges something', 1)
    await allDone(app, 'purges something')
    expect(await openRows(app, 'told')).toBe(1_200)
  } finally {
    release.resolve()
    await jobs.close()
  }
})

test('money that came too late is refunded while mails of before wait for their turn', async () => {
  const worker = await replicaOf(app, { RUN_JOBS: 'true', MESSAGES_PER_SECOND: '1' })
  try {
    const { category, order: late, payment } = await pending(app, 'flash-sale-drill')
    for (const { clock } of [app, worker]) clock.advance(901)
    await eventually(async () => (await statusOf(app, late.id)) === 'EXPIRED')
    const pairs = { tickets: [{ ticketCategoryId: category.id, quantity: 2 }] }
    await Promise.all(Array.from({ length: 50 }, () => order(app, category, pairs)))
    const mails = Array.from({ length: 500 }, () => ({
      kind: 'send-tickets',
      payload: { orderId: newId() },
    }))
    await enqueue(app.app.deps, app.prisma, mails)
    expect((await notify(app, notificationFor(payment, 'settlement'))).status).toBe(200)
    await eventually(async () => (await statusOfRefund(late.id)) === 'SUCCEEDED')
    expect(await openRows(app, 'send-tickets')).toBeGreaterThan(400)
    // Half of what could be worked before one is taken for lost.
    expect(await waiting()).toBeLessThanOrEqual(30)
  } finally {
    await worker.close()
  }
})

const statusOfRefund = async (orderId: string) =>
  (await app.prisma.refund.findFirst({ where: { orderId } }))?.status

test('messages leave no faster than their pace, each once', async () => {
  await addJobs(app, 'told', 70)
  const runs: string[] = []
  let last = 0
  const began = performance.now()
  tellAt(25, async (id) => {
    runs.push(id)
    last = performance.now()
  })
  await allDone(app, 'told', 30)
  // The first 25 come at once.
  expect(last - began).toBeGreaterThanOrEqual(((70 - 25) / 25) * 1_000)
  expect(runs.length).toBe(70)
  expect(new Set(runs).size).toBe(70)
})

test('a process that stops begins none that waits for its turn, counts none, and leaves them to others at once', async () => {
  await addJobs(app, 'told', 40)
  const runs: string[] = []
  const told = async (id: string) => void runs.push(id)
  const stopping = tellAt(1, told)
  await eventually(async () => runs.length >= 1 && (await inRedis('active')) === 4)
  const before = runs.length
  await stopping.close()
  // One may have had its turn at that moment. Four were taken.
  expect(runs.length).toBeLessThanOrEqual(before + 1)
  const open = await app.prisma.outbox.findMany({ where: { kind: 'told', closedAt: null } })
  expect(open.length).toBe(40 - runs.length)
  expect(open.every(({ attempts }) => attempts === 0)).toBe(true)
  // Within ten seconds: what was not given back would be offered again after sixty.
  tellAt(10_000, told)
  await allDone(app, 'told')
  expect(runs.length).toBe(40)
  expect(new Set(runs).size).toBe(40)
  expect(await app.prisma.outbox.count({ where: { kind: 'told', attempts: { not: 1 } } })).toBe(0)
})
