// What holds when refunds meet each other, the gate, the provider and the bank, on two processes.
import { beforeEach, expect, test } from 'vitest'
import { lockFreeStock, whenStockIsFree } from '../../src/modules/orders/stock-lane.ts'
import { recordProviderRefund } from '../../src/modules/payments/provider-refund.ts'
import { refundPayment } from '../../src/modules/payments/refund-payment.job.ts'
import { newId } from '../../src/platform/ids.ts'
import type { Tx } from '../../src/platform/prisma.ts'
import { serializable } from '../../src/platform/serializable.ts'
import type { TestApp } from '../setup/app.ts'
import { expectInvariants } from '../setup/oracle.ts'
import { buy, giveBack, openShop, refund, type Shop } from '../setup/refunds.ts'
import { key, notificationFor, notify, order, statusOf } from '../setup/shop.ts'
import { hire } from '../setup/staff.ts'
import { twoProcesses } from '../setup/two-processes.ts'

const { one, all } = twoProcesses()
let app: TestApp
let shop: Shop

beforeEach(async () => {
  app = one(0)
  shop = await openShop(app)
})

type Bought = Awaited<ReturnType<typeof buy>>

const refundsOf = (orderId: string) => app.prisma.refund.findMany({ where: { orderId } })
const told = (n: number, { id: orderId, payment, lines }: Bought, refundKey: string, minor: bigint) => {
  const { deps } = one(n).app
  const scope = { eventId: shop.event.id, organizerId: shop.organizerId }
  // Stock before the order, as receiveNotification has it.
  const record = async (tx: Tx) => {
    await lockFreeStock(tx, lines)
    return recordProviderRefund(
      tx,
      deps,
      { id: payment.id, orderId },
      { refundKey, amount: { minor, currencyCode: 'IDR' } },
    )
  }
  return whenStockIsFree(deps, scope, () => serializable(deps, 'test', record))
}

test('10 full refunds at once give everything back once', async () => {
  const bought = await buy(app, shop)
  const answers = await all(10, (n) => refund(one(n), shop.token, bought.id))
  const names = answers.map(({ __typename }) => __typename).sort()
  expect(names).toEqual(['Order', ...Array(9).fill('OrderStateError')])
  expect(await refundsOf(bought.id)).toHaveLength(1)
  await expectInvariants(app.prisma)
})

test('10 refunds of 30 % at once are 3, and one of the rest', async () => {
  const bought = await buy(app, shop)
  const answers = await all(10, (n) => refund(one(n), shop.token, bought.id, { amount: '30000' }))
  expect(answers.filter(({ __typename }) => __typename === 'Order')).toHaveLength(3)
  expect(answers.filter(({ __typename }) => __typename === 'ValidationError')).toHaveLength(7)
  const rest = await all(4, (n) => refund(one(n), shop.token, bought.id))
  expect(rest.filter(({ __typename }) => __typename === 'Order')).toHaveLength(1)
  const sum = (await refundsOf(bought.id)).reduce((total, { amountMinor }) => total + amountMinor, 0n)
  expect(sum).toBe(10_000_000n)
  await expectInvariants(app.prisma)
})

test('10 calls at once under one key are one refund with one answer', async () => {
  const bought = await buy(app, shop)
  const once = key()
  const answers = await all(10, (n) => refund(one(n), shop.token, bought.id, { amount: '30000' }, once))
  expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1)
  expect(await refundsOf(bought.id)).toHaveLength(1)
})

test('20 orders of one category that are refunded while others buy give back each unit once', async () => {
  const orders = await Promise.all(Array.from({ length: 20 }, () => buy(app, shop)))
  const [answers] = await Promise.all([
    all(20, (n) => refund(one(n), shop.token, orders[n]?.id ?? '')),
    all(10, (n) => order(one(n), shop.category)),
  ])
  expect(answers.map(({ status }) => status)).toEqual(Array(20).fill('REFUNDED'))
  const { remaining } = await app.prisma.ticketCategory.findUniqueOrThrow({ where: { id: shop.category.id } })
  expect(remaining).toBe(40)
  await expectInvariants(app.prisma)
})

test('a ticket that is scanned while it is refunded is admitted before or refused, and its neighbour stays good', async () => {
  const gateId = newId()
  await app.prisma.gate.create({
    data: {
      id: gateId,
      eventId: shop.event.id,
      name: 'Utara',
      categories: { create: { ticketCategoryId: shop.category.id } },
    },
  })
  const { token } = await hire(app, 'GATE', shop.organizerId)
  for (let round = 0; round < 8; round++) {
    const bought = await buy(app, shop)
    const [first, last] = bought.tickets
    const lines = [{ lineId: bought.lines[0]?.id, quantity: 1 }]
    const [scan] = await Promise.all([
      one(1).call(
        'CheckIn',
        { input: { ticketToken: last?.token, gateId }, idempotencyKey: key() },
        { token },
      ),
      refund(app, shop.token, bought.id, { lines }),
    ])
    const admitted = scan.body.data.checkIn.__typename === 'CheckIn'
    if (!admitted) expect(scan.body.data.checkIn.code).toBe('TICKET_REVOKED')
    const states = await app.prisma.ticket.findMany({
      where: { orderId: bought.id },
      orderBy: { unit: 'asc' },
    })
    // Who was let in first keeps the ticket, and the one that nobody used goes.
    expect(states.map(({ status }) => status)).toEqual(admitted ? ['REVOKED', 'USED'] : ['VALID', 'REVOKED'])
    expect(first?.id).toBe(states[0]?.id)
    await expectInvariants(app.prisma)
  }
})

test('a refund, its job and the news of it at once are one refund and one mail', async () => {
  for (let round = 0; round < 5; round++) {
    const bought = await buy(app, shop)
    const { refunds } = await refund(app, shop.token, bought.id)
    const { id: refundId } = refunds[0]
    await all(6, async (n) => {
      if (n % 3 === 0) await refundPayment(one(n).app.deps, { refundId })
      else await told(n, bought, refundId, 10_000_000n)
    })
    const mails = { kind: 'mail-refund', payload: { path: ['refundId'], equals: refundId } }
    expect(await app.prisma.outbox.count({ where: mails })).toBe(1)
    await expectInvariants(app.prisma)
  }
})

test('refunds by staff and by the provider at once are never more than was paid', async () => {
  for (let round = 0; round < 5; round++) {
    const bought = await buy(app, shop)
    await all(6, async (n) => {
      if (n % 2 === 0) await refund(one(n), shop.token, bought.id, { amount: '40000' })
      else await told(n, bought, `dashboard-${n % 4}`, 5_000_000n)
    })
    expect(await statusOf(app, bought.id)).toBe('REFUNDED')
    await expectInvariants(app.prisma)
    await giveBack(app)
    await expectInvariants(app.prisma)
  }
})

test('a refund and a bank that takes the money back at once end with nothing sent twice', async () => {
  for (let round = 0; round < 5; round++) {
    const bought = await buy(app, shop)
    await Promise.all([
      refund(app, shop.token, bought.id, { amount: '40000' }),
      notify(one(1), notificationFor(bought.payment, 'deny')),
    ])
    expect(await statusOf(app, bought.id)).toBe('REFUNDED')
    await giveBack(app)
    const gone = (await refundsOf(bought.id)).filter(({ status }) => status === 'SUCCEEDED')
    expect(gone.map(({ cause, amountMinor }) => [cause, amountMinor])).toEqual([['REVERSAL', 10_000_000n]])
    await expectInvariants(app.prisma)
  }
})
