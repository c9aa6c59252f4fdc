// Keys are claimed, not looked for: people who share nothing but the table of keys are nothing to each other.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createOrder } from '../../src/modules/orders/create-order.ts'
import { guest as nobody } from '../../src/platform/caller.ts'
import { someAddress, startApp, type TestApp } from '../setup/app.ts'
import { type Category, selling } from '../setup/holding.ts'
import { expectInvariants } from '../setup/oracle.ts'
import { place } from '../setup/placing.ts'
import { replicaOf } from '../setup/replicas.ts'
import { guest, key, order } from '../setup/shop.ts'

let app: TestApp
let other: TestApp

beforeAll(async () => {
  app = await startApp()
  other = await replicaOf(app)
})
afterAll(async () => {
  await expectInvariants(app.prisma)
  await other.close()
  await app.close()
})

const times = <T>(count: number, of: (n: number) => T) => Array.from({ length: count }, (_, n) => of(n))

async function conflictsOf(transaction: string): Promise<number> {
  const all = await Promise.all([app, other].map(({ app }) => app.deps.metrics.transactionConflicts.get()))
  return all
    .flatMap(({ values }) => values)
    .reduce((sum, { labels, value }) => sum + (labels.transaction === transaction ? value : 0), 0)
}

test('full batches of four events are written at once, and none is run again for another', async () => {
  const categories = await Promise.all(times(4, () => selling(app, 500)))
  await Promise.all(categories.flatMap((category) => times(250, () => place(app, category))))
  expect(await conflictsOf('createOrder')).toBe(0)
})

test('payments of different people are noted and kept at once', async () => {
  const categories = await Promise.all(times(48, () => selling(app, 1)))
  const orders = await Promise.all(categories.map((category) => order(app, category)))
  const payments = await Promise.all(
    orders.map(({ body }) => {
      const { id: orderId, accessToken } = body.data.createOrder
      return app.call('PayOrder', { input: { orderId, accessToken, method: 'QRIS' }, idempotencyKey: key() })
    }),
  )
  expect(new Set(payments.map(({ body }) => body.data.payOrder.status))).toEqual(new Set(['PENDING']))
  expect(await conflictsOf('payOrder.note')).toBe(0)
  // Nearly every one met another one.
  expect(await conflictsOf('payOrder')).toBeLessThan(12)
})

const ID = /^[0-9a-f-]{36}$/

/** Orders some tickets for one person, by the command: over HTTP nobody knows who comes first. */
const buy = (at: TestApp, { id, eventId }: Category, email: string, idempotencyKey: string, quantity = 1) =>
  createOrder(
    at.app.deps,
    nobody,
    { eventId, tickets: [{ ticketCategoryId: id, quantity }], buyer: { ...guest(), email } },
    idempotencyKey,
    someAddress(),
  ).then(
    ({ order }) => order.id,
    (error: { code: string }) => error.code,
  )

test('two processes that are asked for the same orders, in opposite order, do not wait for each other', async () => {
  // So that both are at it at once.
  await app.prisma.$executeRawUnsafe(`
    CREATE FUNCTION take_long() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN PERFORM pg_sleep(0.002); RETURN NEW; END $$`)
  await app.prisma.$executeRaw`
    CREATE TRIGGER slow BEFORE INSERT ON idempotency_key FOR EACH ROW EXECUTE FUNCTION take_long()`
  const category = await selling(app, 100)
  const { email } = guest()
  const keys = times(60, () => key())
  const [once, again] = await Promise.all([
    Promise.all(keys.map((one) => buy(app, category, email, one))),
    Promise.all(keys.toReversed().map((one) => buy(other, category, email, one))),
  ])
  await app.prisma.$executeRaw`DROP TRIGGER slow ON idempotency_key`
  expect(again.toReversed()).toEqual(once)
  expect(await app.prisma.order.count({ where: { eventId: category.eventId } })).toBe(60)
  await app.prisma.$executeRaw`SELECT pg_stat_force_next_flush()`
  const [{ deadlocks } = { deadlocks: null }] = await app.prisma.$queryRaw<{ deadlocks: number }[]>`
    SELECT deadlocks::int FROM pg_stat_database WHERE datname = current_database()`
  expect(deadlocks).toBe(0)
})

test('of two who come at once with one key and other input the first has the order', async () => {
  const category = await selling(app, 10)
  const [{ email }, one] = [guest(), key()]
  const outcomes = await Promise.all([
    buy(app, category, email, one, 1),
    buy(app, category, email, one, 1),
    buy(app, category, email, one, 2),
  ])
  expect(outcomes[0]).toMatch(ID)
  expect(outcomes.slice(1)).toEqual([outcomes[0], 'IDEMPOTENCY_CONFLICT'])
  // And from then on, whoever comes first.
  const later = await Promise.all([
    buy(app, category, email, one, 2),
    buy(app, category, email, one, 1),
    buy(app, category, email, one, 3),
  ])
  expect(later).toEqual(['IDEMPOTENCY_CONFLICT', outcomes[0], 'IDEMPOTENCY_CONFLICT'])
})

test('a key whose order was refused among others is free', async () => {
  const [category, few] = await Promise.all([selling(app, 3), selling(app, 1)])
  const [{ email }, one] = [guest(), key()]
  const outcomes = await Promise.all([
    buy(app, category, guest().email, key()),
    buy(app, category, email, one, 3),
  ])
  expect(outcomes[1]).toBe('SOLD_OUT')
  expect(await buy(app, few, email, one)).toMatch(ID)
})
