import { randomUUID } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startRedis } from '../../scripts/services/redis.ts'
import { freePort } from '../../scripts/services/service.ts'
import { type Answer, startApp, type TestApp } from '../setup/app.ts'
import { categoryOf, eventually, guest, order } from '../setup/shop.ts'
import { signUp } from '../setup/staff.ts'

let app: TestApp
let category: { id: string; eventId: string }

beforeAll(async () => {
  app = await ready(await startApp({ season: true }))
  category = (await categoryOf(app, 'gelora-kampus', 'Reguler')).category
})
afterAll(() => app.close())

/** An app counts with the others as soon as it is connected to Redis. */
async function ready(started: TestApp): Promise<TestApp> {
  await eventually(async () => (await (await fetch(`${started.url}/health/ready`)).json()).status === 'ok')
  return started
}

/** Another process on the same database and Redis. */
const replica = async () =>
  ready(
    await startApp({
      environment: { DATABASE_URL: app.databaseUrl, REDIS_URL: app.environment['REDIS_URL'] ?? '' },
    }),
  )

/** 50 orders at once of one guest on one network, in turn through `apps`. */
function rush(apps: readonly TestApp[], email = guest().email, from = '203.0.113.7'): Promise<Answer[]> {
  const tickets = [{ ticketCategoryId: category.id, quantity: 1 }]
  const input = { eventId: category.eventId, tickets, buyer: { name: 'Budi', email } }
  return Promise.all(
    Array.from({ length: 50 }, (_, index) =>
      (apps[index % apps.length] ?? app).call(
        'CreateOrder',
        { input, idempotencyKey: randomUUID() },
        { headers: { 'X-Forwarded-For': from } },
      ),
    ),
  )
}

/** Again when Redis took too long meanwhile, as it may on a busy machine: then a process counts for itself. */
async function counted(apps: readonly TestApp[], work: () => Promise<Answer[]>): Promise<Answer[]> {
  for (let tries = 1; ; tries++) {
    const before = await stepsAlone(apps)
    const answers = await work()
    if (tries === 5 || (await stepsAlone(apps)) === before) return answers
  }
}

async function stepsAlone(apps: readonly TestApp[]): Promise<number> {
  const counters = await Promise.all(apps.map(({ app }) => app.deps.metrics.limitsAlone.get()))
  return counters.flatMap(({ values }) => values).reduce((sum, { value }) => sum + value, 0)
}

const placed = (answers: readonly Answer[]) =>
  answers.filter(({ status, body }) => status === 200 && body.data.createOrder.__typename === 'Order')
const refused = (answers: readonly Answer[]) =>
  answers.filter(({ status, body }) => status === 429 && body.errors[0].extensions.code === 'RATE_LIMITED')

test('of 50 orders at once under a limit of 10 exactly 10 pass', async () => {
  let email = ''
  const answers = await counted([app], () => {
    email = guest().email
    return rush([app], email)
  })
  expect(placed(answers)).toHaveLength(10)
  expect(refused(answers)).toHaveLength(40)
  expect(await app.prisma.order.count({ where: { buyerEmail: email } })).toBe(10)
})

test('of 50 orders at once through three replicas exactly 10 pass', async () => {
  const others = [await replica(), await replica()]
  try {
    let email = ''
    const all = [app, ...others]
    const answers = await counted(all, () => {
      email = guest().email
      return rush(all, email)
    })
    expect(placed(answers)).toHaveLength(10)
    expect(refused(answers)).toHaveLength(40)
    expect(await app.prisma.order.count({ where: { buyerEmail: email } })).toBe(10)
  } finally {
    for (const other of others) await other.close()
  }
})

test('of 50 orders at once of one account from 50 networks exactly 10 pass', async () => {
  const tickets = [{ ticketCategoryId: category.id, quantity: 1 }]
  const answers = await counted([app], async () => {
    const { token } = await signUp(app)
    const buy = () =>
      app.call(
        'CreateOrder',
        { input: { eventId: category.eventId, tickets }, idempotencyKey: randomUUID() },
        { token },
      )
    return Promise.all(Array.from({ length: 50 }, buy))
  })
  expect(placed(answers)).toHaveLength(10)
  expect(refused(answers)).toHaveLength(40)
})

test('of 50 calls at once with one key 10 are answered alike, and the key is good later', async () => {
  let [buyer, idempotencyKey] = [guest(), randomUUID()]
  const tickets = [{ ticketCategoryId: category.id, quantity: 1 }]
  const answers = await counted([app], () => {
    buyer = guest()
    idempotencyKey = randomUUID()
    const input = { eventId: category.eventId, tickets, buyer }
    const again = () =>
      app.call('CreateOrder', { input, idempotencyKey }, { headers: { 'X-Forwarded-For': '203.0.113.8' } })
    return Promise.all(Array.from({ length: 50 }, again))
  })
  expect(placed(answers)).toHaveLength(10)
  expect(new Set(placed(answers).map(({ body }) => body.data.createOrder.id)).size).toBe(1)
  const other = await order(app, category, { buyer }, idempotencyKey)
  expect(other.headers.get('idempotent-replayed')).toBe('true')
  expect(other.body).toEqual(placed(answers)[0]?.body)
})

test('200 guests at once behind one address are all served', async () => {
  const buy = () =>
    app.call(
      'CreateOrder',
      { input: { buyer: guest() }, idempotencyKey: randomUUID() },
      { headers: { 'X-Forwarded-For': '198.51.100.1' } },
    )
  const answers = await Promise.all(Array.from({ length: 200 }, buy))
  expect(refused(answers)).toHaveLength(0)
})

test('without Redis a process counts for itself: of 50 orders at once exactly 10 pass', async () => {
  const alone = await startApp({
    environment: {
      DATABASE_URL: app.databaseUrl,
      REDIS_URL: `redis://127.0.0.1:${await freePort()}`,
    },
  })
  try {
    const answers = await rush([alone])
    expect(placed(answers)).toHaveLength(10)
    expect(refused(answers)).toHaveLength(40)
    expect(await (await fetch(`${alone.url}/metrics`)).text()).toMatch(
      /karcis_limits_counted_alone_total [1-9]/,
    )
  } finally {
    await alone.close()
  }
})

test('a Redis that hangs holds nobody up: of 50 orders at once exactly 10 pass while it does', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'karcis-hanging-'))
  const redis = await startRedis({ dataDir })
  const pid = Number(await readFile(join(dataDir, 'redis.pid'), 'utf8'))
  try {
    const hanging = await ready(
      await startApp({ environment: { DATABASE_URL: app.databaseUrl, REDIS_URL: redis.url } }),
    )
    try {
      process.kill(pid, 'SIGSTOP')
      const answers = await rush([hanging])
      expect(placed(answers)).toHaveLength(10)
      expect(refused(answers)).toHaveLength(40)
    } finally {
      process.kill(pid, 'SIGCONT')
      await hanging.close()
    }
  } finally {
    await redis.stop()
    await rm(dataDir, { recursive: true, force: true })
  }
})
