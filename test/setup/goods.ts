// Merchandise that somebody has bought, and what is done with it.
import { expect } from 'vitest'
import type { Money } from '../../src/platform/money.ts'
import type { TestApp } from './app.ts'
import { addItem } from './catalogue.ts'
import { guest, key, notificationFor, notify } from './shop.ts'
import { resultOf } from './staff.ts'

interface Seller {
  readonly id: string
}

/** An unpaid order for two of each of so many new items. */
export async function orderedGoods(app: TestApp, organizer: Seller, items = 1, input: object = {}) {
  const merchandise = []
  const variants: string[] = []
  for (let n = 0; n < items; n++) {
    const { variants: made } = await addItem(app, organizer.id)
    for (const { id } of made) {
      variants.push(id)
      merchandise.push({ variantId: id, quantity: 2 })
    }
  }
  const cart = { merchandise, buyer: guest('goods'), ...input }
  const placed = await app.call('CreateOrder', { input: cart, idempotencyKey: key() })
  const order = placed.body.data?.createOrder
  expect(order?.__typename, JSON.stringify(placed.body)).toBe('Order')
  const lines = await app.prisma.orderLine.findMany({
    where: { orderId: order.id, kind: 'MERCHANDISE' },
    orderBy: { position: 'asc' },
  })
  return { order, variants, lineIds: lines.map(({ id }) => id) }
}

/** The same, with an open payment. */
export async function pendingGoods(app: TestApp, organizer: Seller, items?: number, input?: object) {
  const bought = await orderedGoods(app, organizer, items, input)
  const { id: orderId, accessToken } = bought.order
  const paying = await app.call('PayOrder', {
    input: { orderId, accessToken, method: 'QRIS' },
    idempotencyKey: key(),
  })
  const row = await app.prisma.payment.findUniqueOrThrow({ where: { id: paying.body.data.payOrder.id } })
  const amount: Money = { minor: row.amountMinor, currencyCode: row.currencyCode }
  return { ...bought, payment: { id: row.id, amount } }
}

/** The same, paid. */
export async function paidGoods(app: TestApp, organizer: Seller, items?: number, input?: object) {
  const bought = await pendingGoods(app, organizer, items, input)
  expect((await notify(app, notificationFor(bought.payment, 'settlement'))).status).toBe(200)
  return bought
}

export const LINES = '... on Order { status lines { id fulfilment { status carrier trackingNumber } } }'

/** What fulfilOrder says. */
export const fulfil = (app: TestApp, token: string, input: object, idempotencyKey = key()) =>
  resultOf(
    app,
    'fulfilOrder',
    { input, idempotencyKey },
    token,
    `${LINES} ... on FulfilmentStateError { lineId fulfilment: status } ... on OrderStateError { orderStatus: status }`,
  )

/** How far the lines of an order are, in their order. */
export async function statusesOf(app: TestApp, lineIds: readonly string[]): Promise<(string | undefined)[]> {
  const rows = await app.prisma.fulfilment.findMany({ where: { id: { in: [...lineIds] } } })
  return lineIds.map((id) => rows.find((row) => row.id === id)?.status)
}

/** What handOverPickup says to staff or to a device. */
export async function scanPickup(app: TestApp, code: string, token: string, idempotencyKey = key()) {
  const answer = await app.call('HandOverPickup', { token: code, idempotencyKey }, { token })
  expect(answer.status, JSON.stringify(answer.body)).toBe(200)
  expect(answer.body.errors, JSON.stringify(answer.body)).toBeUndefined()
  return answer.body.data.handOverPickup
}
