import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { refundPayment } from '../src/modules/payments/refund-payment.job.ts'
import { RefundRefused } from '../src/modules/payments/refund-refused.ts'
import { newId } from '../src/platform/ids.ts'
import { startApp, type TestApp } from './setup/app.ts'
import { expectInvariants } from './setup/oracle.ts'
import { addPromo } from './setup/promo.ts'
import { buy, checkout, confirm, giveBack, openShop, refund, retry, type Shop } from './setup/refunds.ts'
import { key, notificationFor, notify, statusOf } from './setup/shop.ts'
import { hire, mutate } from './setup/staff.ts'

let app: TestApp
let shop: Shop

beforeAll(async () => {
  app = await startApp()
})
// Staff of its own for each test: one account does not refund as fast as all of these.
beforeEach(async () => {
  shop = await openShop(app)
})
afterAll(async () => {
  await expectInvariants(app.prisma)
  await app.close()
})

const ticketStates = async (orderId: string) =>
  (await app.prisma.ticket.findMany({ where: { orderId }, orderBy: { unit: 'asc' } })).map(
    ({ status }) => status,
  )
const leftOf = async () => {
  const { remaining } = await app.prisma.ticketCategory.findUniqueOrThrow({ where: { id: shop.category.id } })
  const shirts = await app.prisma.merchandiseVariant.findUniqueOrThrow({ where: { id: shop.variantId } })
  return [remaining, shirts.remaining]
}
const refundRow = (orderId: string) => app.prisma.refund.findFirstOrThrow({ where: { orderId } })

describe('a full refund', () => {
  test('gives everything back: money, tickets and their stock, and merchandise only when asked', async () => {
    const [tickets = 0, shirts = 0] = await leftOf()
    const kept = await buy(app, shop, { shirts: 1 })
    expect(await refund(app, shop.token, kept.id)).toMatchObject({
      __typename: 'Order',
      status: 'REFUNDED',
      refunds: [{ status: 'PENDING', amount: { amount: '175000.00' }, reason: 'Berhalangan hadir' }],
    })
    expect(await leftOf()).toEqual([tickets, shirts - 1])
    const returned = await buy(app, shop, { shirts: 1 })
    expect((await refund(app, shop.token, returned.id, { restock: true })).status).toBe('REFUNDED')
    expect(await leftOf()).toEqual([tickets, shirts - 1])
    expect(await ticketStates(kept.id)).toEqual(['REVOKED', 'REVOKED'])
    await expectInvariants(app.prisma)
    await giveBack(app)
    const payment = await app.prisma.payment.findUniqueOrThrow({ where: { id: kept.payment.id } })
    expect(payment.status).toBe('REFUNDED')
    await expectInvariants(app.prisma)
  })

  test('closes the gate to its tickets', async () => {
    const bought = await buy(app, shop)
    const gate = newId()
    await app.prisma.gate.create({
      data: {
        id: gate,
        eventId: shop.event.id,
        name: 'Utara',
        categories: { create: { ticketCategoryId: shop.category.id } },
      },
    })
    const { token } = await hire(app, 'GATE', shop.organizerId)
    await refund(app, shop.token, bought.id)
    const input = { ticketToken: bought.tickets[0]?.token, gateId: gate }
    const scan = await app.call('CheckIn', { input, idempotencyKey: key() }, { token })
    expect(scan.body.data.checkIn.code).toBe('TICKET_REVOKED')
  })

  test('mails the buyer once, however often its job runs', async () => {
    const bought = await buy(app, shop)
    await refund(app, shop.token, bought.id)
    const { id: refundId } = await refundRow(bought.id)
    await Promise.all(Array.from({ length: 4 }, () => refundPayment(app.app.deps, { refundId })))
    await giveBack(app)
    const mails = await app.prisma.outbox.count({
      where: { kind: 'mail-refund', payload: { path: ['refundId'], equals: refundId } },
    })
    expect(mails).toBe(1)
  })

  test('is the same answer under the same key, and refused under a new one', async () => {
    const bought = await buy(app, shop)
    const idempotencyKey = key()
    const first = await refund(app, shop.token, bought.id, {}, idempotencyKey)
    expect(await refund(app, shop.token, bought.id, {}, idempotencyKey)).toEqual(first)
    expect(await refund(app, shop.token, bought.id, { amount: '1' }, idempotencyKey)).toMatchObject({
      __typename: 'IdempotencyConflictError',
    })
    expect(await refund(app, shop.token, bought.id)).toMatchObject({ __typename: 'OrderStateError' })
    expect(await app.prisma.refund.count({ where: { orderId: bought.id } })).toBe(1)
  })
})

describe('a partial refund', () => {
  test('of an amount leaves all tickets good until nothing of the money is left', async () => {
    const bought = await buy(app, shop)
    expect((await refund(app, shop.token, bought.id, { amount: '30000' })).status).toBe('PARTIALLY_REFUNDED')
    expect(await ticketStates(bought.id)).toEqual(['VALID', 'VALID'])
    await giveBack(app)
    const payment = () => app.prisma.payment.findUniqueOrThrow({ where: { id: bought.payment.id } })
    expect((await payment()).status).toBe('PARTIALLY_REFUNDED')
    await expectInvariants(app.prisma)
    expect((await refund(app, shop.token, bought.id, { amount: '70000.00' })).status).toBe('REFUNDED')
    expect(await ticketStates(bought.id)).toEqual(['REVOKED', 'REVOKED'])
    await giveBack(app)
    expect((await payment()).status).toBe('REFUNDED')
  })

  test('of lines gives back their units and no others, the last unit first', async () => {
    const [tickets = 0] = await leftOf()
    const bought = await buy(app, shop, { tickets: 3, shirts: 1 })
    const [line] = bought.lines
    const answer = await refund(app, shop.token, bought.id, { lines: [{ lineId: line?.id, quantity: 1 }] })
    expect(answer).toMatchObject({
      status: 'PARTIALLY_REFUNDED',
      refunds: [{ amount: { amount: '50000.00' } }],
    })
    expect(await ticketStates(bought.id)).toEqual(['VALID', 'VALID', 'REVOKED'])
    expect((await leftOf())[0]).toBe(tickets - 2)
    // What is left goes with the rest, to the last rupiah.
    const all = bought.lines.map(({ id, kind }) => ({ lineId: id, quantity: kind === 'TICKET' ? 2 : 1 }))
    expect((await refund(app, shop.token, bought.id, { lines: all })).status).toBe('REFUNDED')
    expect((await refundsOf(bought.id)).reduce((sum, { amountMinor }) => sum + amountMinor, 0n)).toBe(
      22_500_000n,
    )
  })

  test('of units that a code made cheaper gives back what they were paid with, in whole rupiah', async () => {
    const { code } = await addPromo(app, shop.organizerId, { percentage: 33 })
    const bought = await buy(app, shop, { tickets: 3, promoCode: code })
    // 150,000 less 49,500 is 100,500: a third of it.
    const lines = [{ lineId: bought.lines[0]?.id, quantity: 1 }]
    const { refunds } = await refund(app, shop.token, bought.id, { lines })
    expect(refunds[0].amount.amount).toBe('33500.00')
    expect((await refund(app, shop.token, bought.id)).refunds[1].amount.amount).toBe('67000.00')
  })

  test('may give less for a unit than was paid for it', async () => {
    const bought = await buy(app, shop)
    const lines = [{ lineId: bought.lines[0]?.id, quantity: 2 }]
    const answer = await refund(app, shop.token, bought.id, { lines, amount: '90000' })
    expect(answer.status).toBe('PARTIALLY_REFUNDED')
    expect(await ticketStates(bought.id)).toEqual(['REVOKED', 'REVOKED'])
  })
})

const refundsOf = (orderId: string) => app.prisma.refund.findMany({ where: { orderId } })

test('a refund of nothing, less, more than is left or too fine is a ValidationError and changes nothing', async () => {
  const bought = await buy(app, shop)
  await refund(app, shop.token, bought.id, { amount: '60000' })
  const [line] = bought.lines
  const bad: [object, string][] = [
    [{ amount: '0' }, 'amount'],
    [{ amount: '-1' }, 'amount'],
    [{ amount: '40000.01' }, 'amount'],
    [{ amount: '40001' }, 'amount'],
    [{ amount: '9999999999999999' }, 'amount'],
    [{ amount: '1.5' }, 'amount'],
    [{ amount: '1.005' }, 'amount'],
    // Fifty rupiah were given back and mailed for this.
    [{ amount: '50.000' }, 'amount'],
    [{ amount: '50.50' }, 'amount'],
    [{ amount: '50.0' }, 'amount'],
    [{ lines: [] }, 'lines'],
    [{ lines: [{ lineId: newId(), quantity: 1 }] }, 'lineId'],
    [{ lines: [{ lineId: 'x', quantity: 1 }] }, 'lineId'],
    [{ lines: [{ lineId: line?.id, quantity: 0 }] }, 'quantity'],
    [{ lines: [{ lineId: line?.id, quantity: -1 }] }, 'quantity'],
    [{ lines: [{ lineId: line?.id, quantity: 3 }] }, 'quantity'],
    [{ lines: Array(2).fill({ lineId: line?.id, quantity: 1 }) }, 'lineId'],
    // One ticket was 50,000, of which 40,000 is left for two.
    [{ lines: [{ lineId: line?.id, quantity: 1 }] }, 'lines'],
    [{ reason: '' }, 'reason'],
    [{ reason: ' ' }, 'reason'],
    [{ reason: '\u2800\u200b' }, 'reason'],
    [{ reason: 'a\0b' }, 'reason'],
    [{ reason: 'x'.repeat(501) }, 'reason'],
  ]
  for (const [input, field] of bad) {
    const { __typename, path } = await refund(app, shop.token, bought.id, input)
    expect([__typename, path?.at(-1)], JSON.stringify(input)).toEqual(['ValidationError', field])
  }
  expect(await refundsOf(bought.id)).toHaveLength(1)
  expect(await ticketStates(bought.id)).toEqual(['VALID', 'VALID'])
})

test('an order that is not paid, or was free, has nothing to give back', async () => {
  const { id } = await checkout(app, shop)
  expect(await refund(app, shop.token, id)).toMatchObject({ __typename: 'OrderStateError' })
  const { code } = await addPromo(app, shop.organizerId, { percentage: 100 })
  const { body } = await app.call('CreateOrder', {
    input: {
      eventId: shop.event.id,
      tickets: [{ ticketCategoryId: shop.category.id, quantity: 1 }],
      buyer: { name: 'Budi', email: 'gratis@karcis.test' },
      promoCode: code,
    },
    idempotencyKey: key(),
  })
  expect(body.data.createOrder.status).toBe('PAID')
  expect(await refund(app, shop.token, body.data.createOrder.id)).toMatchObject({
    __typename: 'ValidationError',
  })
})

test('the buyer sees how much goes back and how it stands, but not why', async () => {
  const bought = await buy(app, shop)
  await refund(app, shop.token, bought.id, { amount: '5000', reason: 'Menurut kami penipu' })
  const document =
    'query ($id: ID!, $t: String) { order(id: $id, accessToken: $t) { refunds { status amount { amount } reason reference failure } } }'
  const seen = await app.query(document, { id: bought.id, t: bought.accessToken })
  expect(seen.body.data.order.refunds).toEqual([
    { status: 'PENDING', amount: { amount: '5000.00' }, reason: null, reference: null, failure: null },
  ])
  const staff = await app.query(document, { id: bought.id }, { token: shop.token })
  expect(staff.body.data.order.refunds[0].reason).toBe('Menurut kami penipu')
})

test('its own buyer may not refund an order, signed in or with its token', async () => {
  const bought = await buy(app, shop)
  const args = { input: { orderId: bought.id, reason: 'x' }, idempotencyKey: key() }
  expect((await mutate(app, 'refundOrder', args)).status).toBe(401)
  expect(await statusOf(app, bought.id)).toBe('PAID')
})

describe('where the provider has no way back', () => {
  test.each(['BCA_VA', 'BNI_VA', 'BRI_VA', 'PERMATA_VA', 'MANDIRI_BILL'])(
    'for %s staff pay by hand and confirm it, once',
    async (method) => {
      const bought = await buy(app, shop, { method })
      const { refunds } = await refund(app, shop.token, bought.id)
      expect(refunds[0].status).toBe('MANUAL')
      await giveBack(app)
      expect((await retry(app, shop.token, refunds[0].id)).__typename).toBe('RefundStateError')
      expect(await confirm(app, shop.token, refunds[0].id, 'TRF-77')).toMatchObject({
        __typename: 'Refund',
        status: 'SUCCEEDED',
        reference: 'TRF-77',
      })
      expect(await confirm(app, shop.token, refunds[0].id)).toMatchObject({
        __typename: 'RefundStateError',
        code: 'REFUND_STATE',
      })
    },
  )

  test('a late payment that cannot be served waits for staff as well', async () => {
    const { id, payment } = await checkout(app, shop, { method: 'BNI_VA' })
    const input = { orderId: id, reason: 'x' }
    await mutate(
      app,
      'cancelOrder',
      { input, idempotencyKey: key() },
      (await hire(app, 'OWNER', shop.organizerId)).token,
    )
    await notify(app, notificationFor(payment, 'settlement'))
    expect((await refundRow(id)).status).toBe('MANUAL')
    expect((await confirm(app, shop.token, (await refundRow(id)).id)).status).toBe('SUCCEEDED')
  })

  test('staff may choose to pay by hand, and a reference is one line', async () => {
    const bought = await buy(app, shop)
    const { refunds } = await refund(app, shop.token, bought.id, { manual: true })
    expect(refunds[0].status).toBe('MANUAL')
    for (const reference of ['', ' ', 'a\nb', 'x'.repeat(201)]) {
      const refused = await confirm(app, shop.token, refunds[0].id, reference)
      expect(refused).toMatchObject({ __typename: 'ValidationError', path: ['reference'] })
    }
  })
})

describe('a provider that refuses', () => {
  /** The app's parts with a provider that says no. */
  const refusing = () => ({
    ...app.app.deps,
    gateway: {
      ...app.app.deps.gateway,
      refund: () => Promise.reject(new RefundRefused('answered 412')),
    },
  })

  test('makes the refund FAILED, which staff see and try again', async () => {
    const bought = await buy(app, shop)
    await refund(app, shop.token, bought.id, { amount: '60000' })
    const { id: refundId } = await refundRow(bought.id)
    await refundPayment(refusing(), { refundId })
    expect(await refundRow(bought.id)).toMatchObject({ status: 'FAILED', failure: 'answered 412' })
    await expectInvariants(app.prisma)
    // It is owed all the same.
    expect((await refund(app, shop.token, bought.id, { amount: '40001' })).__typename).toBe('ValidationError')
    expect(await retry(app, shop.token, refundId)).toMatchObject({ status: 'PENDING', failure: null })
    await giveBack(app)
    expect((await refundRow(bought.id)).status).toBe('SUCCEEDED')
    expect((await retry(app, shop.token, refundId)).__typename).toBe('RefundStateError')
  })

  test('can be gone round by hand, but not while it is still asked', async () => {
    const bought = await buy(app, shop)
    await refund(app, shop.token, bought.id)
    const { id: refundId } = await refundRow(bought.id)
    expect((await confirm(app, shop.token, refundId)).__typename).toBe('RefundStateError')
    await refundPayment(refusing(), { refundId })
    expect((await confirm(app, shop.token, refundId)).status).toBe('SUCCEEDED')
  })

  test('is not asked at all for what another provider took', async () => {
    const bought = await buy(app, shop)
    await refund(app, shop.token, bought.id)
    const { id: refundId } = await refundRow(bought.id)
    await app.prisma.payment.update({ where: { id: bought.payment.id }, data: { gateway: 'midtrans' } })
    await refundPayment(app.app.deps, { refundId })
    expect((await refundRow(bought.id)).status).toBe('FAILED')
  })
})

test('a bank that takes the money back while a refund waits ends it, and nothing goes back twice', async () => {
  for (const amount of [null, '30000']) {
    const bought = await buy(app, shop)
    await refund(app, shop.token, bought.id, { amount })
    const { id: refundId } = await refundRow(bought.id)
    await notify(app, notificationFor(bought.payment, 'deny'))
    await giveBack(app)
    const refunds = await refundsOf(bought.id)
    expect(refunds.find(({ id }) => id === refundId)?.status).toBe('CANCELLED')
    expect(refunds.find(({ cause }) => cause === 'REVERSAL')?.amountMinor).toBe(10_000_000n)
    expect(await statusOf(app, bought.id)).toBe('REFUNDED')
    expect((await retry(app, shop.token, refundId)).__typename).toBe('RefundStateError')
    await expectInvariants(app.prisma)
  }
})
