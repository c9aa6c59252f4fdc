import { afterAll, beforeAll, expect, test } from 'vitest'
import { createExpirySweep } from '../src/modules/orders/expire-orders.ts'
import { newId } from '../src/platform/ids.ts'
import { startApp, type TestApp } from './setup/app.ts'
import { addCategory, addEvent, addItem, addOrganizer } from './setup/catalogue.ts'
import { expireAll, ORDER_TTL_SECONDS, sweep } from './setup/expiry.ts'
import { expectInvariants } from './setup/oracle.ts'
import { eventually, guest, key, notificationFor, notify, order, statusOf } from './setup/shop.ts'
import { statementsOf } from './setup/statements.ts'

let app: TestApp

beforeAll(async () => {
  app = await startApp()
})
afterAll(() => app.close())

async function addSale(quota = 50, stock = 50) {
  const organizer = await addOrganizer(app)
  const event = await addEvent(app, organizer.id)
  const category = await addCategory(app, event.id, { quota })
  const item = await addItem(app, organizer.id, {}, { stock, remaining: stock })
  const variantId = item.variants[0]?.id ?? ''
  return { organizer, event, category, item, variantId }
}

const remainingOf = async (categoryId: string): Promise<number> =>
  (await app.prisma.ticketCategory.findUniqueOrThrow({ where: { id: categoryId } })).remaining

const leftOf = async (variantId: string): Promise<number> =>
  (await app.prisma.merchandiseVariant.findUniqueOrThrow({ where: { id: variantId } })).remaining

async function place(category: { eventId: string; id: string }, input: object = {}) {
  const { body } = await order(app, category, input)
  expect(body.data?.createOrder.__typename, JSON.stringify(body)).toBe('Order')
  return body.data.createOrder
}

const pay = (placed: { id: string; accessToken: string }) =>
  app.call('PayOrder', {
    input: { orderId: placed.id, accessToken: placed.accessToken, method: 'QRIS' },
    idempotencyKey: key(),
  })

/** An order with an open payment. */
async function placePayable(category: { eventId: string; id: string }, input: object = {}) {
  const placed = await place(category, input)
  const { id } = (await pay(placed)).body.data.payOrder
  const { amountMinor: minor, currencyCode } = await app.prisma.payment.findUniqueOrThrow({ where: { id } })
  return { ...placed, payment: { id, amount: { minor, currencyCode } } }
}

const settle = async (payment: Parameters<typeof notificationFor>[0]): Promise<void> => {
  expect((await notify(app, notificationFor(payment, 'settlement'))).status).toBe(200)
}

test('an order gives back tickets and merchandise when its time is over, not before, and once', async () => {
  const { category, variantId } = await addSale()
  const placed = await place(category, {
    tickets: [{ ticketCategoryId: category.id, quantity: 3 }],
    merchandise: [{ variantId, quantity: 2 }],
  })
  app.clock.advance(ORDER_TTL_SECONDS - 10)
  expect(await sweep(app)).toBe(0)
  expect([await remainingOf(category.id), await leftOf(variantId)]).toEqual([47, 48])
  app.clock.advance(11)
  expect(await sweep(app)).toBe(1)
  expect(await sweep(app)).toBe(0)
  expect([await remainingOf(category.id), await leftOf(variantId)]).toEqual([50, 50])
  expect(await statusOf(app, placed.id)).toBe('EXPIRED')
  await expectInvariants(app.prisma, [placed.id])
})

test('an order whose time is over cannot be paid for, though no sweep has come by', async () => {
  const { category } = await addSale()
  const placed = await place(category)
  app.clock.advance(ORDER_TTL_SECONDS + 1)
  const refused = (await pay(placed)).body.data.payOrder
  expect(refused).toMatchObject({ __typename: 'OrderStateError' })
  expect(await statusOf(app, placed.id)).toBe('PENDING_PAYMENT')
  expect(await app.prisma.payment.count({ where: { orderId: placed.id } })).toBe(0)
  await expireAll(app)
})

test('orders of several events and of merchandise alone expire in one transaction for each', async () => {
  const sales = [await addSale(), await addSale()]
  for (const { category, variantId } of sales) {
    for (let n = 0; n < 5; n++) await place(category, { merchandise: [{ variantId, quantity: 1 }] })
  }
  const { variantId = '' } = sales[0] ?? {}
  for (let n = 0; n < 5; n++) {
    const input = { merchandise: [{ variantId, quantity: 1 }], buyer: guest() }
    const { body } = await app.call('CreateOrder', { input, idempotencyKey: key() })
    expect(body.data.createOrder.__typename).toBe('Order')
  }
  const statements = await statementsOf(async () => expect(await expireAll(app)).toBe(15))
  expect(statements.filter((sql) => /^BEGIN/.test(sql))).toHaveLength(3)
  expect(statements.length).toBeLessThan(60)
  for (const { category, variantId } of sales) {
    expect([await remainingOf(category.id), await leftOf(variantId)]).toEqual([50, 50])
  }
  await expectInvariants(app.prisma)
})

test('an order that cannot be expired keeps none of its neighbours, and expires once it can', async () => {
  const { event, category } = await addSale()
  const other = await addCategory(app, event.id)
  const fine = await Promise.all(Array.from({ length: 9 }, () => place(category)))
  const poison = await place(other)
  // As if somebody had written to the stock by hand: giving back would exceed the quota, which the database refuses.
  await app.prisma.ticketCategory.update({ where: { id: other.id }, data: { remaining: other.quota } })
  app.clock.advance(ORDER_TTL_SECONDS + 1)
  const sweeps = createExpirySweep(app.app.deps)
  expect(await sweeps()).toBe(9)
  expect(await remainingOf(category.id)).toBe(50)
  for (const { id } of fine) expect(await statusOf(app, id)).toBe('EXPIRED')
  expect(await statusOf(app, poison.id)).toBe('PENDING_PAYMENT')
  await app.prisma.ticketCategory.update({ where: { id: other.id }, data: { remaining: other.quota - 1 } })
  expect(await sweeps()).toBe(0)
  app.clock.advance(61)
  expect(await sweeps()).toBe(1)
  expect(await statusOf(app, poison.id)).toBe('EXPIRED')
  await expectInvariants(app.prisma)
})

test('a row that an older version wrote to expire an order is worked and closed, and restocks nothing twice', async () => {
  const { category } = await addSale()
  const placed = await place(category)
  const cancelled = await place(category)
  const input = { orderId: cancelled.id, accessToken: cancelled.accessToken }
  await app.call('CancelOrder', { input, idempotencyKey: key() })
  const now = app.clock.now()
  const dueAt = new Date(now.getTime() + ORDER_TTL_SECONDS * 1_000)
  const rows = [placed, cancelled].map(({ id: orderId }) => ({
    id: newId(),
    kind: 'expire-order',
    payload: { orderId },
    dueAt,
    createdAt: now,
  }))
  await app.prisma.outbox.createMany({ data: rows })
  const worker = await startApp({
    jobs: true,
    environment: { DATABASE_URL: app.databaseUrl, REDIS_URL: app.environment['REDIS_URL'] ?? '' },
  })
  try {
    app.clock.advance(ORDER_TTL_SECONDS + 1)
    worker.clock.advance(app.clock.now().getTime() / 1_000 - Date.now() / 1_000)
    const open = () => app.prisma.outbox.count({ where: { kind: 'expire-order', closedAt: null } })
    await eventually(async () => (await open()) === 0)
  } finally {
    await worker.close()
  }
  expect(await statusOf(app, placed.id)).toBe('EXPIRED')
  expect(await statusOf(app, cancelled.id)).toBe('CANCELLED')
  expect(await remainingOf(category.id)).toBe(50)
  await expectInvariants(app.prisma)
})

test('what was sold out shows as for sale again as soon as its orders expire', async () => {
  const { event, category } = await addSale(1)
  const shown = async () => {
    const { body } = await app.call('EventAvailability', { eventId: event.id }, { method: 'GET' })
    return JSON.stringify(body.data)
  }
  await place(category)
  expect(await shown()).toContain('"remaining":0')
  await expireAll(app)
  await eventually(async () => (await shown()).includes('"remaining":1'))
})

test('late money takes a mixed cart again as a whole, tickets and merchandise', async () => {
  const { category, variantId } = await addSale()
  const input = { merchandise: [{ variantId, quantity: 2 }] }
  const placed = await placePayable(category, input)
  await expireAll(app)
  await settle(placed.payment)
  expect(await statusOf(app, placed.id)).toBe('PAID')
  expect([await remainingOf(category.id), await leftOf(variantId)]).toEqual([49, 48])
  expect(await app.prisma.ticket.count({ where: { orderId: placed.id } })).toBe(1)
  await expectInvariants(app.prisma, [placed.id])
})

test('late money for a cart of which one item is gone takes nothing, and all of it goes back', async () => {
  const { category, variantId } = await addSale(50, 2)
  const placed = await placePayable(category, { merchandise: [{ variantId, quantity: 2 }] })
  await expireAll(app)
  await place(category, { merchandise: [{ variantId, quantity: 1 }] })
  await settle(placed.payment)
  expect(await statusOf(app, placed.id)).toBe('EXPIRED')
  expect([await remainingOf(category.id), await leftOf(variantId)]).toEqual([49, 1])
  const refund = await app.prisma.refund.findFirstOrThrow({ where: { orderId: placed.id } })
  expect(refund.amountMinor).toBe(placed.payment.amount.minor)
  await expectInvariants(app.prisma, [placed.id])
})

test.each([
  ['called off', { status: 'CANCELLED' as const }],
  ['over', { startsAt: new Date(0), endsAt: new Date(1) }],
])('late money for an event that is %s goes back, though there are tickets', async (_name, change) => {
  const { event, category } = await addSale()
  const placed = await placePayable(category)
  await expireAll(app)
  await app.prisma.event.update({ where: { id: event.id }, data: change })
  await settle(placed.payment)
  expect(await statusOf(app, placed.id)).toBe('EXPIRED')
  expect(await app.prisma.refund.count({ where: { orderId: placed.id } })).toBe(1)
  expect(await remainingOf(category.id)).toBe(50)
  await expectInvariants(app.prisma, [placed.id])
})

test('money for an order that was cancelled goes back, though there are tickets', async () => {
  const { category } = await addSale()
  const placed = await placePayable(category)
  const input = { orderId: placed.id, accessToken: placed.accessToken }
  const { body } = await app.call('CancelOrder', { input, idempotencyKey: key() })
  expect(body.data.cancelOrder).toMatchObject({ __typename: 'Order', status: 'CANCELLED' })
  await settle(placed.payment)
  expect(await statusOf(app, placed.id)).toBe('CANCELLED')
  expect(await app.prisma.refund.count({ where: { orderId: placed.id } })).toBe(1)
  expect(await remainingOf(category.id)).toBe(50)
  await expectInvariants(app.prisma, [placed.id])
})
