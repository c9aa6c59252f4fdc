// A worker that is killed with a message in its hands.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { startApp, type TestApp } from '../setup/app.ts'
import { type FakeSmtp, startFakeSmtp } from '../setup/fake-smtp.ts'
import { expectInvariants } from '../setup/oracle.ts'
import { replicaOf } from '../setup/replicas.ts'
import { addressOf, eventually, paid } from '../setup/shop.ts'

let app: TestApp
let smtp: FakeSmtp
const children: ChildProcess[] = []

beforeAll(async () => {
  smtp = await startFakeSmtp()
  // Serves, and works no jobs.
  app = await startApp({ season: true, environment: { SMTP_URL: smtp.url } })
})
beforeEach(() => smtp.forget())
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
})
afterAll(async () => {
  await expectInvariants(app.prisma)
  await app.close()
  await smtp.close()
})

function work(): ChildProcess {
  const child = spawn(process.execPath, ['src/worker.ts'], {
    env: { PATH: process.env['PATH'], ...app.environment, SMTP_TIMEOUT_MS: '20000' },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  children.push(child)
  return child
}

async function kill(child: ChildProcess): Promise<void> {
  const gone = once(child, 'exit')
  child.kill('SIGKILL')
  await gone
}

/** As if minutes had passed: leases are over, and what was offered is offered again. */
async function later(): Promise<void> {
  await app.prisma.message.updateMany({
    where: { leasedUntil: { not: null } },
    data: { leasedUntil: new Date(0) },
  })
  await app.prisma.outbox.updateMany({ where: { closedAt: null }, data: { offeredAt: null } })
  const redis = new Redis(app.environment['REDIS_URL'] ?? '')
  await redis.flushdb()
  redis.disconnect()
}

/** A paid order of which the placed one is not to be told any more. */
async function bought(): Promise<string> {
  const { order } = await paid(app)
  return order.id
}

const stateOf = async (orderId: string) =>
  (await app.prisma.message.findFirst({ where: { orderId, cause: 'ORDER_PAID' } }))?.state
const isSent = (orderId: string) => eventually(async () => (await stateOf(orderId)) === 'SENT', 30)
const isPaid = ({ subject }: { subject?: string | undefined }) => / lunas: /.test(subject ?? '')

test('killed between the commit and the e-mail: one e-mail', async () => {
  const id = await bought()
  await isSentBy(id)
  expect(smtp.mails.filter(isPaid)).toHaveLength(1)
})

test('killed while the server has not taken the mail: one e-mail', async () => {
  const id = await bought()
  smtp.next('hang', await addressOf(app, id))
  const first = work()
  await eventually(async () => smtp.unanswered() === 1, 30)
  await kill(first)
  expect(await stateOf(id)).toBe('QUEUED')
  await later()
  await isSentBy(id)
  expect(smtp.mails.filter(isPaid)).toHaveLength(1)
})

test('killed when the server has taken the mail and before that is recorded: one e-mail by its Message-ID', async () => {
  const id = await bought()
  smtp.next('mute', await addressOf(app, id))
  const first = work()
  await eventually(async () => smtp.mails.filter(isPaid).length === 1, 30)
  await kill(first)
  expect(await stateOf(id)).toBe('QUEUED')
  await later()
  await isSentBy(id)
  expect(smtp.distinct().filter(isPaid)).toHaveLength(1)
})

test('killed after that: one e-mail', async () => {
  const id = await bought()
  const first = work()
  await isSent(id)
  await kill(first)
  // The job may not have been closed.
  await app.prisma.outbox.updateMany({
    where: { kind: 'send-tickets', payload: { equals: { orderId: id } } },
    data: { closedAt: null },
  })
  await later()
  work()
  await eventually(async () => (await app.prisma.outbox.count({ where: { closedAt: null } })) === 0, 30)
  expect(smtp.mails.filter(isPaid)).toHaveLength(1)
})

async function isSentBy(orderId: string): Promise<void> {
  const worker = work()
  await isSent(orderId)
  await kill(worker)
}

test('Redis emptied twice while messages go out at their pace: none is lost, and none goes out twice', async () => {
  const orders = await Promise.all(Array.from({ length: 20 }, bought))
  // Of a mail that is under way nobody else takes the message for three minutes: longer than both jumps of the clock.
  const pace = { MESSAGES_PER_SECOND: '8', SMTP_TIMEOUT_MS: '60000' }
  const worker = await replicaOf(app, { RUN_JOBS: 'true', SMTP_URL: smtp.url, ...pace })
  try {
    const tickets = () => smtp.mails.filter(isPaid).length
    for (const gone of [5, 12]) {
      await eventually(async () => tickets() >= gone, 30)
      await worker.app.deps.redis.flushdb()
      // What Redis forgot is taken for lost now.
      worker.clock.advance(61)
    }
    const open = () => app.prisma.outbox.count({ where: { closedAt: null } })
    const underWay = () => app.prisma.message.count({ where: { leasedUntil: { not: null } } })
    await eventually(async () => {
      if ((await underWay()) === 0) worker.clock.advance(5)
      return (await open()) === 0
    }, 60)
  } finally {
    await worker.close()
  }
  for (const id of orders) expect(await stateOf(id)).toBe('SENT')
  expect(smtp.mails.filter(isPaid)).toHaveLength(20)
}, 90_000)
