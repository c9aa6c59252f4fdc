// What takes too long is given up. A lock of ours in the database is what real statements wait for here.
import { Client } from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Answer, startApp, type TestApp } from './setup/app.ts'
import { type FakeMidtrans, startFakeMidtrans } from './setup/fake-midtrans.ts'
import { expectInvariants } from './setup/oracle.ts'
import { categoryOf, eventually, guest, key, order } from './setup/shop.ts'
import { statementsOf } from './setup/statements.ts'

let app: TestApp
let provider: FakeMidtrans
let locker: Client
let watcher: Client
let category: { id: string; eventId: string }

beforeAll(async () => {
  provider = await startFakeMidtrans()
  app = await startApp({
    season: true,
    environment: {
      EXECUTION_TIMEOUT_MS: '700',
      PAYMENT_GATEWAY: 'midtrans',
      MIDTRANS_URL: provider.url,
      MIDTRANS_SERVER_KEY: provider.serverKey,
    },
  })
  locker = new Client({ connectionString: app.databaseUrl })
  watcher = new Client({ connectionString: app.databaseUrl })
  await Promise.all([locker.connect(), watcher.connect()])
  category = (await categoryOf(app, 'gelora-kampus', 'Reguler')).category
})
afterAll(async () => {
  await Promise.all([locker.end(), watcher.end()])
  await app.close()
  await provider.close()
})
beforeEach(() => locker.query('BEGIN'))
afterEach(() => locker.query('ROLLBACK'))

/** Statements of the app that PostgreSQL has under way. */
async function underWay(): Promise<number> {
  const { rows } = await watcher.query(
    `SELECT count(*)::int AS n FROM pg_stat_activity
     WHERE datname = current_database() AND application_name = 'karcis' AND state <> 'idle'`,
  )
  return rows[0].n
}

const waiting = () => eventually(async () => (await underWay()) > 0)
const nothingUnderWay = () => eventually(async () => (await underWay()) === 0, 2)

function expectTimeout({ status, headers, body }: Answer): void {
  expect(body.errors?.map((error: { extensions: object }) => error.extensions)).toEqual([
    { code: 'EXECUTION_TIMEOUT' },
  ])
  expect(status).toBe(504)
  expect(headers.get('cache-control')).toBe('no-store')
  expect(JSON.stringify(body)).not.toMatch(/statement|canceling|57014|prisma|\bSQL\b/i)
}

describe('a read that waits in the database', () => {
  test.each([
    ['ad-hoc', () => app.query('{ events { edges { cursor } } }')],
    ['persisted, by POST', () => app.call('EventList')],
    ['persisted, by GET', () => app.call('EventList', { first: 7 }, { method: 'GET' })],
    ['by a unique key', () => app.query('{ event(slug: "gelora-kampus") { id } }')],
    ['by raw SQL', () => app.query('{ events(filter: { search: "gelora" }) { edges { cursor } } }')],
  ])('is answered 504 and its SQL is gone: %s', async (_how, ask) => {
    await locker.query('LOCK TABLE event')
    const answer = ask()
    await waiting()
    expectTimeout(await answer)
    await nothingUnderWay()
  })

  test('holds up nobody who reads something else', async () => {
    await locker.query('LOCK TABLE event')
    const stuck = Array.from({ length: 5 }, () => app.query('{ events { edges { cursor } } }'))
    await waiting()
    const others = await Promise.all(
      Array.from({ length: 5 }, () => app.query('{ organizer(slug: "nada-nusantara") { __typename } }')),
    )
    for (const { status } of others) expect(status).toBe(200)
    for (const answer of await Promise.all(stuck)) expectTimeout(answer)
    await nothingUnderWay()
  })

  test('is answered again once the lock is gone', async () => {
    await locker.query('LOCK TABLE event')
    expectTimeout(await app.call('EventList', { first: 9 }, { method: 'GET' }))
    await locker.query('ROLLBACK')
    expect((await app.call('EventList', { first: 9 }, { method: 'GET' })).status).toBe(200)
  })
})

describe('a write that waits in the database', () => {
  test('leaves nothing half done, and the same key places the order later, once', async () => {
    const [buyer, idempotencyKey] = [guest(), key()]
    const before = await app.prisma.order.count()
    const keys = await app.prisma.idempotencyKey.count()
    await locker.query('SELECT 1 FROM ticket_category WHERE id = $1 FOR UPDATE', [category.id])
    const answer = order(app, category, { buyer }, idempotencyKey)
    await waiting()
    expectTimeout(await answer)
    await nothingUnderWay()
    await locker.query('ROLLBACK')
    expect(await app.prisma.order.count()).toBe(before)
    expect(await app.prisma.idempotencyKey.count()).toBe(keys)
    for (let attempt = 0; attempt < 2; attempt++) {
      const { body } = await order(app, category, { buyer }, idempotencyKey)
      expect(body.data.createOrder.__typename).toBe('Order')
    }
    expect(await app.prisma.order.count()).toBe(before + 1)
    await expectInvariants(app.prisma)
  })

  test('fails with all of its batch at once, and holds up nobody behind it', async () => {
    const before = await app.prisma.order.count()
    await locker.query('SELECT 1 FROM ticket_category WHERE id = $1 FOR UPDATE', [category.id])
    const answers = await Promise.all(Array.from({ length: 20 }, () => order(app, category)))
    for (const answer of answers) expectTimeout(answer)
    await nothingUnderWay()
    await locker.query('ROLLBACK')
    // Were the batch tried again by halves, this one would wait behind them, and some of them would be written.
    expect((await order(app, category)).body.data.createOrder.__typename).toBe('Order')
    expect(await app.prisma.order.count()).toBe(before + 1)
    await expectInvariants(app.prisma)
  })

  test('of staff, too', async () => {
    const token = await app.login('owner@karcis.test')
    const event = await app.prisma.event.findUniqueOrThrow({ where: { id: category.eventId } })
    await locker.query('SELECT 1 FROM event WHERE id = $1 FOR UPDATE', [event.id])
    const document = `mutation ($id: ID!) { updateEvent(input: { id: $id, title: "Other" }) { __typename } }`
    expectTimeout(await app.query(document, { id: event.id }, { token }))
    await nothingUnderWay()
    await locker.query('ROLLBACK')
    expect(await app.prisma.event.findUniqueOrThrow({ where: { id: event.id } })).toEqual(event)
  })
})

test('a payment whose provider is slow is given up by the clock, goes on, and is told by the same key', async () => {
  const placed = (await order(app, category)).body.data.createOrder
  const input = { orderId: placed.id, accessToken: placed.accessToken, method: 'QRIS' }
  const idempotencyKey = key()
  provider.next({ answerAfterMs: 2_500 })
  expectTimeout(await app.call('PayOrder', { input, idempotencyKey }))
  const noted = await app.prisma.payment.findFirstOrThrow({ where: { orderId: placed.id } })
  expect(noted.transactionId).toBeNull()
  expect(await underWay()).toBe(0)
  await eventually(async () => {
    const { body } = await app.call('PayOrder', { input, idempotencyKey })
    return body.data?.payOrder?.__typename === 'Payment'
  })
  expect(await app.prisma.payment.count({ where: { orderId: placed.id } })).toBe(1)
  expect(provider.refusedCharges).toEqual([])
  await expectInvariants(app.prisma)
})

describe('when the client leaves', () => {
  async function leave(body: object): Promise<void> {
    const client = new AbortController()
    const asked = fetch(`${app.url}/graphql`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
      signal: client.signal,
    }).catch(() => undefined)
    await waiting()
    client.abort()
    await asked
  }
  async function outcomesOf(outcome: string): Promise<number> {
    const { values } = await app.app.deps.metrics.orders.get()
    return values.find(({ labels }) => labels.outcome === outcome)?.value ?? 0
  }
  const left = async (): Promise<number> => {
    const { values } = await app.app.deps.metrics.graphqlErrors.get()
    return values.find(({ labels }) => labels['code'] === 'CLIENT_GONE')?.value ?? 0
  }

  test('a read does not go on', async () => {
    const item = await app.prisma.merchandise.findFirstOrThrow({ where: { published: true } })
    const query = `{ merchandiseItem(slug: "${item.slug}") { id reviews(first: 3) { edges { node { body } } } } }`
    const complete = await statementsOf(() => app.query(query))
    expect(complete.filter((sql) => sql.includes('"review"'))).not.toEqual([])
    const before = await left()
    const begun = await statementsOf(async () => {
      await locker.query('LOCK TABLE merchandise')
      await leave({ query })
      await eventually(async () => (await left()) > before)
      await locker.query('ROLLBACK')
      await nothingUnderWay()
    })
    expect(begun.filter((sql) => sql.includes('"merchandise"'))).not.toEqual([])
    expect(begun.filter((sql) => sql.includes('"review"'))).toEqual([])
  })

  test('an order that is being written is placed, and one whose turn has not come is not', async () => {
    const before = await app.prisma.order.count()
    const busy = () => outcomesOf('busy')
    const busyBefore = await busy()
    await locker.query('SELECT 1 FROM ticket_category WHERE id = $1 FOR UPDATE', [category.id])
    const input = {
      eventId: category.eventId,
      tickets: [{ ticketCategoryId: category.id, quantity: 1 }],
      buyer: guest(),
    }
    const place = (alias: string) =>
      `${alias}: createOrder(idempotencyKey: "${key()}", input: $input) { __typename }`
    const query = `mutation ($input: CreateOrderInput!) { ${place('one')} ${place('two')} }`
    await leave({ query, variables: { input } })
    await locker.query('ROLLBACK')
    await eventually(async () => (await busy()) === busyBefore + 1)
    expect(await app.prisma.order.count()).toBe(before + 1)
    await expectInvariants(app.prisma)
  })
})

test('a crowd that waits for connections is answered, and most of it never reaches the database', async () => {
  const list = () => app.query('{ events { edges { cursor } } }')
  const sent = await statementsOf(async () => {
    await locker.query('LOCK TABLE event')
    const answers = await Promise.all(Array.from({ length: 60 }, list))
    const codes = answers.map(({ status, body }) => `${status} ${body.errors[0].extensions.code}`)
    expect([...new Set(codes)].sort()).toEqual(['503 BUSY', '504 EXECUTION_TIMEOUT'])
    await nothingUnderWay()
    await locker.query('ROLLBACK')
  })
  expect(sent.filter((sql) => /FROM .*"event"/.test(sql)).length).toBeLessThan(40)
  expect((await list()).status).toBe(200)
})
