// A shop that is paid through the fake Midtrans.
import { expect } from 'vitest'
import type { PaymentMethod } from '../../src/generated/prisma/enums.ts'
import { type StartOptions, startApp, type TestApp } from './app.ts'
import { tell } from './fake-midtrans/notices.ts'
import { type FakeMidtrans, startFakeMidtrans } from './fake-midtrans.ts'
import { categoryOf, key, order } from './shop.ts'

export interface MidtransShop {
  readonly app: TestApp
  readonly provider: FakeMidtrans
  /** A new order of one ticket. */
  place(slug?: string): Promise<Placed>
  /** `address`: from where; each time another unless told. */
  pay(placed: Placed, method?: PaymentMethod, idempotencyKey?: string, address?: string): Promise<Answered>
  /** An order with an open payment. */
  open(method?: PaymentMethod, slug?: string): Promise<Placed & { paymentId: string }>
  payment(id: string): ReturnType<TestApp['prisma']['payment']['findUniqueOrThrow']>
  tickets(orderId: string): Promise<number>
  /** Tells our webhook; gives the status of its answer. */
  tell(body: string): Promise<number>
  close(): Promise<void>
}

interface Placed {
  readonly id: string
  readonly accessToken: string
  readonly categoryId: string
  readonly eventId: string
}

// biome-ignore lint/suspicious/noExplicitAny: a test reads what it expects, and fails where it is not there.
type Answered = any

export async function startMidtransShop(options: StartOptions = {}): Promise<MidtransShop> {
  const provider = await startFakeMidtrans()
  const app = await startApp({
    season: true,
    ...options,
    environment: {
      PAYMENT_GATEWAY: 'midtrans',
      MIDTRANS_URL: provider.url,
      MIDTRANS_SERVER_KEY: provider.serverKey,
      MIDTRANS_TIMEOUT_MS: '1000',
      // Tests pay as quickly as they can.
      MIDTRANS_CALLS_PER_SECOND: '10000',
      ...options.environment,
    },
  })
  const place: MidtransShop['place'] = async (slug = 'gelora-kampus') => {
    const { category } = await categoryOf(app, slug, slug === 'gelora-kampus' ? 'Reguler' : undefined)
    const { body } = await order(app, category)
    expect(body.data.createOrder.__typename, JSON.stringify(body)).toBe('Order')
    return { ...body.data.createOrder, categoryId: category.id, eventId: category.eventId }
  }
  const pay: MidtransShop['pay'] = async (
    { id, accessToken },
    method = 'QRIS',
    idempotencyKey = key(),
    address,
  ) => {
    const { body } = await app.call(
      'PayOrder',
      { input: { orderId: id, accessToken, method }, idempotencyKey },
      address ? { headers: { 'X-Forwarded-For': address } } : {},
    )
    return body.data.payOrder
  }
  return {
    app,
    provider,
    place,
    pay,
    async open(method, slug) {
      const placed = await place(slug)
      const payment = await pay(placed, method)
      expect(payment.__typename, JSON.stringify(payment)).toBe('Payment')
      return { ...placed, paymentId: payment.id }
    },
    payment: (id) => app.prisma.payment.findUniqueOrThrow({ where: { id } }),
    tickets: (orderId) => app.prisma.ticket.count({ where: { orderId, status: { not: 'REVOKED' } } }),
    tell: (body) => tell(`${app.url}/webhooks/midtrans`, body),
    async close() {
      await app.close()
      await provider.close()
    },
  }
}
