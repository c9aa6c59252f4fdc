// Refunds in tests: a sale of an organizer of its own with staff, what is bought there, and what staff give back.
import { expect } from 'vitest'
import { refundPayment } from '../../src/modules/payments/refund-payment.job.ts'
import type { TestApp } from './app.ts'
import { addCategory, addEvent, addItem, addOrganizer } from './catalogue.ts'
import { key, notificationFor, notify, order } from './shop.ts'
import { hire, resultOf } from './staff.ts'

/** An event with tickets at Rp 50,000 and shirts at Rp 75,000, and who looks after its money. */
export async function openShop(app: TestApp, organizerId?: string) {
  const organizer = organizerId ?? (await addOrganizer(app)).id
  const event = await addEvent(app, organizer)
  const category = await addCategory(app, event.id, { quota: 50 })
  const item = await addItem(app, organizer)
  const { token } = await hire(app, 'FINANCE', organizer)
  return { organizerId: organizer, event, category, variantId: item.variants[0]?.id ?? '', token }
}

export type Shop = Awaited<ReturnType<typeof openShop>>

/** Opens a payment for an order of some tickets and shirts. */
export async function checkout(
  app: Pick<TestApp, 'call' | 'prisma'>,
  { category, variantId }: Pick<Shop, 'category' | 'variantId'>,
  { tickets = 2, shirts = 0, method = 'QRIS', ...input }: Cart = {},
) {
  const { body } = await order(app, category, {
    tickets: tickets > 0 ? [{ ticketCategoryId: category.id, quantity: tickets }] : [],
    merchandise: shirts > 0 ? [{ variantId, quantity: shirts }] : [],
    ...input,
  })
  const { id, accessToken } = body.data.createOrder
  expect(id, JSON.stringify(body)).toBeDefined()
  const paying = await app.call('PayOrder', {
    input: { orderId: id, accessToken, method },
    idempotencyKey: key(),
  })
  const payment = await app.prisma.payment.findUniqueOrThrow({ where: { id: paying.body.data.payOrder.id } })
  const amount = { minor: payment.amountMinor, currencyCode: payment.currencyCode }
  return { id: id as string, accessToken: accessToken as string, payment: { id: payment.id, amount } }
}

interface Cart {
  readonly tickets?: number
  readonly shirts?: number
  readonly method?: string
  readonly [input: string]: unknown
}

/** The same, paid. */
export async function buy(app: TestApp, shop: Shop, cart: Cart = {}) {
  const bought = await checkout(app, shop, cart)
  expect((await notify(app, notificationFor(bought.payment, 'settlement'))).status).toBe(200)
  const lines = await app.prisma.orderLine.findMany({
    where: { orderId: bought.id },
    orderBy: { position: 'asc' },
  })
  const tickets = await app.prisma.ticket.findMany({
    where: { orderId: bought.id },
    orderBy: { unit: 'asc' },
  })
  return { ...bought, lines, tickets }
}

const ORDER = '... on Order { status refunds { id status amount { amount } reason reference failure } }'
const REFUND = '... on Refund { status amount { amount } reason reference failure }'

/** What refundOrder says; `input` is added to the order and a reason. */
export const refund = (
  app: Pick<TestApp, 'query'>,
  token: string,
  orderId: string,
  input: object = {},
  idempotencyKey = key(),
) =>
  resultOf(
    app,
    'refundOrder',
    { input: { orderId, reason: 'Berhalangan hadir', ...input }, idempotencyKey },
    token,
    ORDER,
  )

export const confirm = (app: Pick<TestApp, 'query'>, token: string, refundId: string, reference = 'TRF-1') =>
  resultOf(app, 'confirmManualRefund', { refundId, reference, idempotencyKey: key() }, token, REFUND)

export const retry = (app: Pick<TestApp, 'query'>, token: string, refundId: string) =>
  resultOf(app, 'retryRefund', { refundId, idempotencyKey: key() }, token, REFUND)

/** Does what is due of refunds through the provider. */
export async function giveBack(app: TestApp): Promise<void> {
  const due = await app.prisma.refund.findMany({ where: { status: 'PENDING' } })
  for (const { id: refundId } of due) {
    await refundPayment(app.app.deps, { refundId })
    // As the worker closes the row of a job that has succeeded.
    await app.prisma.outbox.updateMany({
      where: { kind: 'refund-payment', payload: { path: ['refundId'], equals: refundId } },
      data: { closedAt: app.clock.now() },
    })
  }
}

/** A paid order with a refund by hand, straight from a sale: the ids that staff act on. */
export async function addPaidOrder(app: TestApp, organizerId: string) {
  const shop = await openShop(app, organizerId)
  const bought = await buy(app, shop, { method: 'BCA_VA' })
  const refunded = await refund(app, shop.token, bought.id, { amount: '1000' })
  return { order: bought.id, refund: refunded.refunds[0].id as string }
}
