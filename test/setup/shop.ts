// What tests buy, and how.
import { randomUUID } from 'node:crypto'
import { expect } from 'vitest'
import { signatureOf } from '../../src/modules/payments/notification.ts'
import { type Money, toDecimal } from '../../src/platform/money.ts'
import type { Answer, TestApp } from './app.ts'
import { testSecrets } from './secrets.ts'

export const guest = (name = 'guest') => ({
  name: 'Budi Santoso',
  email: `${name}-${randomUUID()}@karcis.test`,
})

export const key = (): string => randomUUID()

/** An event of the season with what it sells, straight from the database. */
export const eventBySlug = (app: TestApp, slug: string) =>
  app.prisma.event.findUniqueOrThrow({
    where: { slug },
    include: {
      ticketCategories: { orderBy: { position: 'asc' } },
      schedules: { orderBy: { startsAt: 'asc' } },
      gates: { include: { categories: true }, orderBy: { name: 'asc' } },
      merchandise: { include: { variants: { orderBy: { position: 'asc' } } }, where: { published: true } },
    },
  })

export async function categoryOf(app: TestApp, slug: string, name?: string) {
  const event = await eventBySlug(app, slug)
  const category = event.ticketCategories.find((one) => name === undefined || one.name === name)
  if (!category) throw new Error(`${slug} has no category ${name}.`)
  return { event, category }
}

/** One ticket of a category for a new guest; whatever differs goes into `input`. */
export async function order(
  app: Pick<TestApp, 'call'>,
  { eventId, id }: { eventId: string; id: string },
  input: object = {},
  idempotencyKey = key(),
): Promise<Answer> {
  const cart = { eventId, tickets: [{ ticketCategoryId: id, quantity: 1 }], buyer: guest(), ...input }
  return app.call('CreateOrder', { input: cart, idempotencyKey })
}

// As Midtrans documents them.
const CODES: Readonly<Record<string, string>> = { pending: '201', deny: '202', failure: '202', expire: '407' }

/** What the sandbox's provider would say of a payment, signed. */
export function notificationFor(payment: { id: string; amount: Money }, status: string, extra: object = {}) {
  const fields = {
    order_id: payment.id,
    status_code: CODES[status] ?? '200',
    gross_amount: toDecimal(payment.amount),
  }
  return {
    ...fields,
    transaction_status: status,
    fraud_status: 'accept',
    signature_key: signatureOf(fields, testSecrets.SANDBOX_SERVER_KEY),
    ...extra,
  }
}

/** The sandbox's provider becomes so, for we may ask it, and tells. */
export async function notify(
  app: Pick<TestApp, 'url'> & Partial<Pick<TestApp, 'prisma'>>,
  notification: object,
): Promise<Response> {
  const { order_id: id, transaction_status: status }: Partial<Record<string, string>> = { ...notification }
  if (app.prisma && id && status && /^[0-9a-f-]{36}$/.test(id) && /^\w+$/.test(status))
    await app.prisma.sandboxTransaction.updateMany({ where: { paymentId: id }, data: { status } })
  return tellOnly(app, notification)
}

/** Tells what the provider does not say when asked. */
export const tellOnly = (app: Pick<TestApp, 'url'>, notification: object): Promise<Response> =>
  fetch(`${app.url}/webhooks/midtrans`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(notification),
  })

/** An order with an open payment. */
export async function pending(app: TestApp, slug = 'gelora-kampus', name?: string, input: object = {}) {
  const regular = slug === 'gelora-kampus' ? 'Reguler' : undefined
  const { category, event } = await categoryOf(app, slug, name ?? regular)
  const placed = await order(app, category, input)
  const created = placed.body.data.createOrder
  expect(created.__typename, JSON.stringify(placed.body)).toBe('Order')
  const paying = await app.call('PayOrder', {
    input: { orderId: created.id, accessToken: created.accessToken, method: 'QRIS' },
    idempotencyKey: key(),
  })
  const payment = await app.prisma.payment.findUniqueOrThrow({ where: { id: paying.body.data.payOrder.id } })
  const amount: Money = { minor: payment.amountMinor, currencyCode: payment.currencyCode }
  return { event, category, order: created, payment: { id: payment.id, amount } }
}

/** A paid order with its tickets. */
export async function paid(app: TestApp, slug?: string, name?: string, input?: object) {
  const bought = await pending(app, slug, name, input)
  const answer = await notify(app, notificationFor(bought.payment, 'settlement'))
  expect(answer.status).toBe(200)
  const tickets = await app.prisma.ticket.findMany({ where: { orderId: bought.order.id } })
  return { ...bought, tickets }
}

export const statusOf = async (app: TestApp, orderId: string): Promise<string> =>
  (await app.prisma.order.findUniqueOrThrow({ where: { id: orderId } })).status

export const addressOf = async (app: TestApp, orderId: string): Promise<string> =>
  (await app.prisma.order.findUniqueOrThrow({ where: { id: orderId } })).buyerEmail

/** Waits until something is so. */
export async function eventually(claim: () => Promise<boolean>, seconds = 10): Promise<void> {
  const end = Date.now() + seconds * 1_000
  while (!(await claim())) {
    if (Date.now() > end) throw new Error('This did not become so in time.')
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
}
