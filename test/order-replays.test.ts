// The same key again, whatever has become of the order since, and a key that is used for something else.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { expireOrder } from '../src/modules/orders/expire-order.job.ts'
import { type Answer, startApp, type TestApp } from './setup/app.ts'
import { addCategory, addEvent, addOrganizer } from './setup/catalogue.ts'
import { expectInvariants } from './setup/oracle.ts'
import { guest, key, notificationFor, notify, order, statusOf } from './setup/shop.ts'

let app: TestApp
let category: { id: string; eventId: string }

beforeAll(async () => {
  app = await startApp()
  const event = await addEvent(app, (await addOrganizer(app)).id)
  category = await addCategory(app, event.id, { quota: 500 })
})
afterAll(() => app.close())

const isReplay = ({ headers }: Answer): boolean => headers.get('idempotent-replayed') === 'true'

function expectReplay(again: Answer, first: Answer): void {
  expect(again.body).toEqual(first.body)
  expect([isReplay(again), isReplay(first)]).toEqual([true, false])
}

/** An order with its payment, and each of their requests as it was sent. */
async function bought() {
  const create = { input: cartOf(guest()), idempotencyKey: key() }
  const created = await app.call('CreateOrder', create)
  const { id: orderId, accessToken } = created.body.data.createOrder
  const pay = { input: { orderId, accessToken, method: 'QRIS' }, idempotencyKey: key() }
  const paying = await app.call('PayOrder', pay)
  return { orderId, accessToken, create, created, pay, paying }
}

const cartOf = (buyer: object) => ({
  eventId: category.eventId,
  tickets: [{ ticketCategoryId: category.id, quantity: 1 }],
  buyer,
})

type Bought = Awaited<ReturnType<typeof bought>>

async function settle({ paying }: Bought, status = 'settlement'): Promise<void> {
  const { id } = paying.body.data.payOrder
  const { amountMinor, currencyCode } = await app.prisma.payment.findUniqueOrThrow({ where: { id } })
  const answer = await notify(
    app,
    notificationFor({ id, amount: { minor: amountMinor, currencyCode } }, status),
  )
  expect(answer.status).toBe(200)
}

const cancel = ({ orderId, accessToken }: Bought, idempotencyKey = key()) =>
  app.call('CancelOrder', { input: { orderId, accessToken }, idempotencyKey })

const stages: [string, string, (one: Bought) => Promise<unknown>][] = [
  ['waits for payment', 'PENDING_PAYMENT', async () => undefined],
  ['is paid', 'PAID', (one) => settle(one)],
  ['is cancelled', 'CANCELLED', (one) => cancel(one)],
  [
    'has expired',
    'EXPIRED',
    async ({ orderId }) => {
      app.clock.advance(901)
      await expireOrder(app.app.deps, { orderId })
    },
  ],
  [
    'was taken back by the bank',
    'REFUNDED',
    async (one) => {
      await settle(one)
      await settle(one, 'deny')
    },
  ],
]

describe.each(stages)('while an order %s', (_stage, status, reach) => {
  let one: Bought
  beforeAll(async () => {
    one = await bought()
    await reach(one)
    expect(await statusOf(app, one.orderId)).toBe(status)
  })

  test('createOrder and payOrder with their keys answer as they did, and change nothing', async () => {
    expectReplay(await app.call('CreateOrder', one.create), one.created)
    expectReplay(await app.call('PayOrder', one.pay), one.paying)
    expect(await statusOf(app, one.orderId)).toBe(status)
    expect(await app.prisma.payment.count({ where: { orderId: one.orderId } })).toBe(1)
    await expectInvariants(app.prisma, [one.orderId])
  })

  test('the same keys with other input are refused', async () => {
    const other = { ...one.create, input: { ...one.create.input, expectedTotal: '1.00' } }
    const { body } = await app.call('CreateOrder', other)
    expect(body.data.createOrder.__typename).toBe('IdempotencyConflictError')
    const paying = await app.call('PayOrder', { ...one.pay, input: { ...one.pay.input, method: 'BCA_VA' } })
    expect(paying.body.data.payOrder.__typename).toBe('IdempotencyConflictError')
  })
})

test('cancelOrder with its key answers as it did; with other input it is refused, with a new key it changes nothing', async () => {
  const one = await bought()
  const idempotencyKey = key()
  const first = await cancel(one, idempotencyKey)
  expect(first.body.data.cancelOrder.status).toBe('CANCELLED')
  expectReplay(await cancel(one, idempotencyKey), first)
  const input = { orderId: one.orderId, accessToken: one.accessToken, reason: 'Sakit' }
  const { body } = await app.call('CancelOrder', { input, idempotencyKey })
  expect(body.data.cancelOrder.__typename).toBe('IdempotencyConflictError')
  const anew = await cancel(one)
  expect([anew.body.data.cancelOrder.status, isReplay(anew)]).toEqual(['CANCELLED', false])
  await expectInvariants(app.prisma)
})

test('a cancelOrder that is refused keeps no key: it is decided anew', async () => {
  const one = await bought()
  await settle(one)
  const [idempotencyKey, keys] = [key(), await app.prisma.idempotencyKey.count()]
  for (let attempt = 0; attempt < 2; attempt++) {
    const answer = await cancel(one, idempotencyKey)
    expect(answer.body.data.cancelOrder).toMatchObject({ __typename: 'OrderStateError', orderStatus: 'PAID' })
    expect(isReplay(answer)).toBe(false)
  }
  expect(await app.prisma.idempotencyKey.count()).toBe(keys)
})

test('one key may serve each mutation and each buyer once', async () => {
  const idempotencyKey = key()
  const orders = await Promise.all(
    Array.from({ length: 3 }, () => order(app, category, { buyer: guest() }, idempotencyKey)),
  )
  const placed = orders.map(({ body }) => body.data.createOrder)
  expect(new Set(placed.map(({ id }) => id)).size).toBe(3)
  const [{ id: orderId, accessToken }] = placed
  const paying = await app.call('PayOrder', {
    input: { orderId, accessToken, method: 'QRIS' },
    idempotencyKey,
  })
  expect(paying.body.data.payOrder.__typename).toBe('Payment')
  const cancelled = await app.call('CancelOrder', { input: { orderId, accessToken }, idempotencyKey })
  expect(cancelled.body.data.cancelOrder.status).toBe('CANCELLED')
})

test('the order of an input’s keys does not matter to its replay', async () => {
  const [buyer, idempotencyKey] = [guest(), key()]
  const cart = cartOf(buyer)
  const first = await app.call('CreateOrder', { input: cart, idempotencyKey })
  const turned = Object.fromEntries(
    Object.entries({ ...cart, buyer: { email: buyer.email, name: buyer.name } }).reverse(),
  )
  expectReplay(await app.call('CreateOrder', { idempotencyKey, input: turned }), first)
})

test('one mutation twice in one document, by alias and with one key, places one order', async () => {
  const [buyer, idempotencyKey] = [guest(), key()]
  const { body } = await app.query(
    `mutation ($input: CreateOrderInput!, $idempotencyKey: String!) {
      a: createOrder(input: $input, idempotencyKey: $idempotencyKey) { ... on Order { id number } }
      b: createOrder(input: $input, idempotencyKey: $idempotencyKey) { ... on Order { id number } }
    }`,
    { input: cartOf(buyer), idempotencyKey },
  )
  expect(body.data.a.id).toBeTruthy()
  expect(body.data.b).toEqual(body.data.a)
  expect(await app.prisma.order.count({ where: { buyerEmail: buyer.email } })).toBe(1)
})

describe.each(['CancelOrder', 'PayOrder'])('%s', (operation) => {
  const refusedKey = (idempotencyKey: string, one: Bought) => {
    const input = { orderId: one.orderId, accessToken: one.accessToken }
    const withMethod = operation === 'PayOrder' ? { ...input, method: 'QRIS' } : input
    return app.call(operation, { input: withMethod, idempotencyKey })
  }

  test('refuses a key of 7 and of 256 characters, one that is not ASCII and one with a control character', async () => {
    const one = await bought()
    for (const bad of [
      '',
      '1234567',
      'x'.repeat(256),
      'kunci-ünik',
      'key\0with-nul',
      'key\nwith-line',
      '🎫'.repeat(8),
    ]) {
      const { status, body } = await refusedKey(bad, one)
      expect(status).toBe(200)
      const [answer] = Object.values<{ __typename: string; path: string[] }>(body.data)
      expect([answer?.__typename, answer?.path], JSON.stringify(bad)).toEqual([
        'ValidationError',
        ['idempotencyKey'],
      ])
    }
    expect(await statusOf(app, one.orderId)).toBe('PENDING_PAYMENT')
  })

  test.each([8, 255])('takes a key of %i characters', async (length) => {
    const { body } = await refusedKey('~'.repeat(length), await bought())
    expect(['Order', 'Payment']).toContain(Object.values<{ __typename: string }>(body.data)[0]?.__typename)
  })
})
