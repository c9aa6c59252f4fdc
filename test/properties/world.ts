// One small sale a run, and what buyers, the provider, the clock and the jobs do to it. All through HTTP but the jobs.
import { randomUUID } from 'node:crypto'
import { expect } from 'vitest'
import { refundPayment } from '../../src/modules/payments/refund-payment.job.ts'
import type { Money } from '../../src/platform/money.ts'
import type { Answer, TestApp } from '../setup/app.ts'
import { addCategory, addEvent, addItem, addOrganizer } from '../setup/catalogue.ts'
import { sweep } from '../setup/expiry.ts'
import { addPromo } from '../setup/promo.ts'
import { notificationFor, notify } from '../setup/shop.ts'
import { hire, mutate } from '../setup/staff.ts'

/** Units of the sale's two ticket categories and of its merchandise. */
export type Units = readonly [regular: number, vip: number, shirt: number]

export const SIZE: Units = [5, 3, 4]
export const MAX_PER_ORDER = 3
/** What one buyer may have in all. */
export const MAX_PER_BUYER: Units = [4, SIZE[1], 3]
/** Of the sale's one promo code, which takes a tenth off. */
export const MAX_USES = 3
export const MAX_USES_PER_BUYER = 1
/** In minor units. */
export const PRICES: Units = [5_000_000, 20_000_000, 7_500_000]

/** An order as its buyer knows it. */
export interface Placed {
  readonly id: string
  readonly accessToken: string
  readonly expiresAt: Date
  /** The e-mail of a guest. */
  readonly buyer: string
  readonly units: Units
  readonly key: string
  readonly terms: OrderTerms
}

/** What an order names besides its cart. */
export interface OrderTerms {
  /** From the buyer's own device. */
  readonly holdId?: string
  /** Whether it names the promo code. */
  readonly code?: boolean
}

export interface Opened {
  readonly id: string
  readonly amount: Money
}

export type Method = 'QRIS' | 'BCA_VA'
export type Said = 'settlement' | 'pending' | 'expire' | 'deny'

/** What the server answered: the member of the result union and its data. */
export interface Result {
  readonly __typename: string
  readonly id: string
  readonly [field: string]: unknown
}

export interface World {
  readonly app: TestApp
  readonly buyers: readonly string[]
  readonly eventId: string
  /** Owns the organizer. */
  readonly staff: { readonly id: string; readonly email: string; readonly organizerId: string }
  order(
    buyer: string,
    units: Units,
    key: string,
    terms?: OrderTerms,
  ): Promise<{ result: Result; replayed: boolean }>
  /** From the buyer's own device, which has one hold at a time. */
  hold(buyer: string, units: Units): Promise<Result>
  release(holdId: string): Promise<Result>
  pay(order: Placed, method: Method): Promise<Result>
  cancel(order: Placed): Promise<Result>
  notify(payment: Opened, said: Said): Promise<void>
  /** Staff give back all of an order, with its shirts back in stock; or so many rupiah. */
  giveBack(order: Placed, rupiah: number | null): Promise<Result>
  /** Does what is due of refunds. */
  refund(): Promise<void>
  sweep(): Promise<void>
  /** What is for sale now. */
  remaining(): Promise<Units>
  /** The status of each order of this sale, by id. */
  statuses(): Promise<Map<string, string>>
}

/** The only sale, with three guests: a signed-in buyer would soon have asked too often. */
export async function createWorld(app: TestApp, maxPerBuyer: Units | null = null): Promise<World> {
  // What a sale before has broken must not be held against this one, or no failure could be made smaller.
  await app.prisma
    .$executeRaw`TRUNCATE organizer, "order", order_line, outbox, idempotency_key, test_transition CASCADE`
  const organizer = await addOrganizer(app)
  const staff = await hire(app, 'OWNER', organizer.id)
  const now = app.clock.now().getTime()
  const event = await addEvent(app, organizer.id, {
    startsAt: new Date(now + 10 * 86_400_000),
    endsAt: new Date(now + 11 * 86_400_000),
  })
  const limitsOf = (at: 0 | 1 | 2) => ({
    maxPerOrder: MAX_PER_ORDER,
    maxPerBuyer: maxPerBuyer?.[at] ?? null,
    priceMinor: BigInt(PRICES[at]),
  })
  const regular = await addCategory(app, event.id, { quota: SIZE[0], ...limitsOf(0) })
  const vip = await addCategory(app, event.id, { quota: SIZE[1], ...limitsOf(1) })
  const stock = { stock: SIZE[2], remaining: SIZE[2], ...limitsOf(2) }
  const shirt = (await addItem(app, organizer.id, {}, stock)).variants[0]?.id ?? ''
  const uses = { maxUses: MAX_USES, maxPerBuyer: MAX_USES_PER_BUYER }
  const { code } = await addPromo(app, organizer.id, { percentage: 10, ...uses })
  const name = randomUUID()
  const cartOf = ([regulars, vips, shirts]: Units) => ({
    eventId: event.id,
    tickets: [
      { ticketCategoryId: regular.id, quantity: regulars },
      { ticketCategoryId: vip.id, quantity: vips },
    ].filter(({ quantity }) => quantity > 0),
    merchandise: shirts > 0 ? [{ variantId: shirt, quantity: shirts }] : [],
  })
  // Every answer is a member of the result union: nothing else may come of any interleaving.
  const resultOf = ({ status, body }: Answer, field: string): Result => {
    expect(body.errors, JSON.stringify(body)).toBeUndefined()
    expect(status).toBe(200)
    return body.data[field]
  }
  return {
    app,
    eventId: event.id,
    staff,
    buyers: ['a', 'b', 'c'].map((who) => `${who}-${name}@karcis.test`),
    async order(buyer, units, key, { holdId, code: names = false } = {}) {
      const own = holdId ? { holdId, deviceId: deviceOf(buyer) } : {}
      const promo = names ? { promoCode: code } : {}
      const input = { ...cartOf(units), ...own, ...promo, buyer: { name: 'Budi Santoso', email: buyer } }
      const answer = await app.call('CreateOrder', { input, idempotencyKey: key })
      const replayed = answer.headers.get('idempotent-replayed') === 'true'
      return { result: resultOf(answer, 'createOrder'), replayed }
    },
    async hold(buyer, units) {
      const variables = {
        input: { ...cartOf(units), deviceId: deviceOf(buyer) },
        idempotencyKey: randomUUID(),
      }
      return resultOf(await app.call('PlaceHold', variables), 'placeHold')
    },
    async release(holdId) {
      return resultOf(await app.call('ReleaseHold', { holdId, idempotencyKey: randomUUID() }), 'releaseHold')
    },
    async pay({ id: orderId, accessToken }, method) {
      const variables = { input: { orderId, accessToken, method }, idempotencyKey: randomUUID() }
      return resultOf(await app.call('PayOrder', variables), 'payOrder')
    },
    async cancel({ id: orderId, accessToken }) {
      const variables = { input: { orderId, accessToken }, idempotencyKey: randomUUID() }
      return resultOf(await app.call('CancelOrder', variables), 'cancelOrder')
    },
    async notify(payment, said) {
      expect((await notify(app, notificationFor(payment, said))).status).toBe(200)
    },
    async giveBack({ id: orderId }, rupiah) {
      const much = rupiah === null ? { restock: true } : { amount: String(rupiah) }
      const variables = { input: { orderId, reason: 'Berhalangan', ...much }, idempotencyKey: randomUUID() }
      // The clock outruns any session, even one that has just begun.
      for (let tries = 1; ; tries++) {
        const token = await app.login(staff.email, staff.password)
        const answer = await mutate(app, 'refundOrder', variables, token)
        const signedOut = answer.body.errors?.[0]?.extensions?.code === 'UNAUTHENTICATED'
        if (!signedOut || tries === 5) return resultOf(answer, 'result')
      }
    },
    async refund() {
      const due = await app.prisma.refund.findMany({
        where: { status: 'PENDING', order: { eventId: event.id } },
      })
      for (const { id: refundId } of due) await refundPayment(app.app.deps, { refundId })
    },
    async sweep() {
      await sweep(app)
    },
    async remaining() {
      const [categories, variant] = await Promise.all([
        app.prisma.ticketCategory.findMany({ where: { eventId: event.id } }),
        app.prisma.merchandiseVariant.findUniqueOrThrow({ where: { id: shirt } }),
      ])
      const left = new Map(categories.map(({ id, remaining }) => [id, remaining]))
      return [left.get(regular.id) ?? 0, left.get(vip.id) ?? 0, variant.remaining]
    },
    async statuses() {
      const orders = await app.prisma.order.findMany({ where: { eventId: event.id } })
      return new Map(orders.map(({ id, status }) => [id, status]))
    },
  }
}

const deviceOf = (buyer: string): string => buyer.replaceAll(/[^\w-]/g, '-')

/** An order out of createOrder's answer. */
export const placedOf = (
  result: Result,
  buyer: string,
  units: Units,
  key: string,
  terms: OrderTerms = {},
): Placed => ({
  id: result.id,
  accessToken: String(result['accessToken']),
  expiresAt: new Date(String(result['expiresAt'])),
  buyer,
  units,
  key,
  terms,
})

/** A payment out of payOrder's answer, with the amount that the provider would name. */
export async function openedOf({ app }: World, { id }: Result): Promise<Opened> {
  const payment = await app.prisma.payment.findUniqueOrThrow({ where: { id } })
  return { id, amount: { minor: payment.amountMinor, currencyCode: payment.currencyCode } }
}
