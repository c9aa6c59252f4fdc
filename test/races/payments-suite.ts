// What holds when payments, expiry and refunds meet, however many processes serve them.
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { expireOrder } from '../../src/modules/orders/expire-order.job.ts'
import { reconcilePayments } from '../../src/modules/payments/reconcile-payments.ts'
import type { TestApp } from '../setup/app.ts'
import { expectInvariants } from '../setup/oracle.ts'
import { notificationFor, notify, order, pending, statusOf, tellOnly } from '../setup/shop.ts'

type Bought = Awaited<ReturnType<typeof pending>>

/** Against a server of its own with the season in it. */
export function paymentRaces(where: string, start: () => Promise<TestApp>): void {
  describe(where, () => {
    let app: TestApp

    beforeAll(async () => {
      app = await start()
    })
    afterAll(() => app?.close())

    const ticketsOf = (orderId: string) => app.prisma.ticket.count({ where: { orderId } })

    async function settleTimes(times: number, payment: Parameters<typeof notificationFor>[0]): Promise<void> {
      const settled = notificationFor(payment, 'settlement')
      const answers = await Promise.all(Array.from({ length: times }, () => notify(app, settled)))
      expect(answers.map(({ status }) => status)).toEqual(Array(times).fill(200))
    }

    test('a settlement that arrives 10 times at once issues tickets once', async () => {
      const bought = await pending(app)
      await settleTimes(10, bought.payment)
      expect(await statusOf(app, bought.order.id)).toBe('PAID')
      expect(await ticketsOf(bought.order.id)).toBe(1)
      await expectInvariants(app.prisma)
    })

    test('a settlement 10 times after expiry revives the order once, if its stock is there', async () => {
      const bought = await pending(app)
      app.clock.advance(901)
      await expireOrder(app.app.deps, { orderId: bought.order.id })
      expect(await statusOf(app, bought.order.id)).toBe('EXPIRED')
      await settleTimes(10, bought.payment)
      expect(await statusOf(app, bought.order.id)).toBe('PAID')
      expect(await ticketsOf(bought.order.id)).toBe(1)
      await expectInvariants(app.prisma)
    })

    test('a settlement 10 times after expiry with the stock gone is refunded once', async () => {
      const bought = await pending(app, 'flash-sale-drill')
      app.clock.advance(901)
      await expireOrder(app.app.deps, { orderId: bought.order.id })
      const everyTicket = Array.from({ length: 50 }, () =>
        order(app, bought.category, { tickets: [{ ticketCategoryId: bought.category.id, quantity: 2 }] }),
      )
      await Promise.all(everyTicket)
      await settleTimes(10, bought.payment)
      expect(await statusOf(app, bought.order.id)).toBe('EXPIRED')
      expect(await ticketsOf(bought.order.id)).toBe(0)
      expect(await app.prisma.refund.count({ where: { orderId: bought.order.id } })).toBe(1)
      await expectInvariants(app.prisma)
    })

    test('expiry and settlement at the same moment end in one of the two, never both', async () => {
      for (let round = 0; round < 10; round++) {
        const bought = await pending(app)
        app.clock.advance(901)
        await Promise.all([
          expireOrder(app.app.deps, { orderId: bought.order.id }),
          expireOrder(app.app.deps, { orderId: bought.order.id }),
          settleTimes(3, bought.payment),
        ])
        expect(await statusOf(app, bought.order.id)).toBe('PAID')
        expect(await ticketsOf(bought.order.id)).toBe(1)
      }
      await expectInvariants(app.prisma)
    })

    test('expiring an order 10 times at once gives its stock back once', async () => {
      const bought = await pending(app)
      const { id } = bought.category
      const before = await app.prisma.ticketCategory.findUniqueOrThrow({ where: { id } })
      app.clock.advance(901)
      await Promise.all(
        Array.from({ length: 10 }, () => expireOrder(app.app.deps, { orderId: bought.order.id })),
      )
      const after = await app.prisma.ticketCategory.findUniqueOrThrow({ where: { id } })
      expect(after.remaining).toBe(before.remaining + 1)
      await expectInvariants(app.prisma)
    })

    test('30 payOrder calls at once with one key open one payment', async () => {
      const { category } = await pending(app)
      const placed = (await order(app, category)).body.data.createOrder
      const input = { orderId: placed.id, accessToken: placed.accessToken, method: 'BCA_VA' }
      const idempotencyKey = randomUUID()
      const answers = await Promise.all(
        Array.from({ length: 30 }, () => app.call('PayOrder', { input, idempotencyKey })),
      )
      expect(new Set(answers.map(({ body }) => JSON.stringify(body))).size).toBe(1)
      expect(answers[0]?.body.data.payOrder.vaNumber).toMatch(/^\d{16}$/)
      expect(await app.prisma.payment.count({ where: { orderId: placed.id } })).toBe(1)
    })

    test('20 payOrder calls at once with keys of their own share one payment by the same method', async () => {
      const { category } = await pending(app)
      const placed = (await order(app, category)).body.data.createOrder
      const input = { orderId: placed.id, accessToken: placed.accessToken, method: 'QRIS' }
      const answers = await Promise.all(
        Array.from({ length: 20 }, () => app.call('PayOrder', { input, idempotencyKey: randomUUID() })),
      )
      const [first] = answers
      expect(first?.body.data.payOrder.__typename).toBe('Payment')
      expect(new Set(answers.map(({ body }) => body.data.payOrder.id)).size).toBe(1)
      expect(await app.prisma.payment.count({ where: { orderId: placed.id } })).toBe(1)
    })

    test('20 payOrder calls at once by another method than before share one payment', async () => {
      const { order: placed } = await pending(app)
      const input = { orderId: placed.id, accessToken: placed.accessToken, method: 'BCA_VA' }
      const answers = await Promise.all(
        Array.from({ length: 20 }, () => app.call('PayOrder', { input, idempotencyKey: randomUUID() })),
      )
      expect(new Set(answers.map(({ body }) => body.data.payOrder.id)).size).toBe(1)
      expect(await app.prisma.payment.count({ where: { orderId: placed.id } })).toBe(2)
    })

    const become = ({ payment }: Bought, status: string) =>
      app.prisma.sandboxTransaction.updateMany({ where: { paymentId: payment.id }, data: { status } })
    const statesOf = async ({ order, payment }: Bought) => [
      await statusOf(app, order.id),
      (await app.prisma.payment.findUniqueOrThrow({ where: { id: payment.id } })).status,
    ]

    test('what is told in any order and number ends as the provider has it', async () => {
      for (const [told, became, ...ends] of [
        // The bank took it back.
        [['settlement', 'deny'], 'deny', 'REFUNDED', 'FAILED'],
        [['deny', 'settlement'], 'deny', 'PENDING_PAYMENT', 'FAILED'],
        // It was denied, and paid in another attempt.
        [['settlement', 'deny'], 'settlement', 'PAID', 'SETTLED'],
        [['deny', 'settlement'], 'settlement', 'PAID', 'SETTLED'],
        [['cancel', 'deny', 'settlement', 'failure', 'pending', 'expire'], 'settlement', 'PAID', 'SETTLED'],
      ] as const) {
        const bought = await pending(app)
        await become(bought, became)
        for (const status of told)
          expect((await tellOnly(app, notificationFor(bought.payment, status))).status).toBe(200)
        expect(await statesOf(bought), told.join()).toEqual(ends)
        await Promise.all(told.map((status) => tellOnly(app, notificationFor(bought.payment, status))))
        expect(await statesOf(bought), told.join()).toEqual(ends)
      }
      await expectInvariants(app.prisma)
    })

    test('what is told all at once ends as the provider has it, each money booked once', async () => {
      for (const became of ['settlement', 'deny', 'settlement', 'deny']) {
        const bought = await pending(app)
        await become(bought, became)
        const told = ['deny', 'settlement', 'pending', 'cancel', 'settlement', 'failure']
        await Promise.all(told.map((status) => tellOnly(app, notificationFor(bought.payment, status))))
        // What was not confirmed within the call is asked for by the reconciler.
        await reconcilePayments(app.app.deps)
        const [, payment] = await statesOf(bought)
        expect(payment).toBe(became === 'settlement' ? 'SETTLED' : 'FAILED')
      }
      await expectInvariants(app.prisma)
    })

    test('money that comes again after the bank had taken it back goes back once, however often it goes and comes', async () => {
      const bought = await pending(app)
      for (const status of ['settlement', 'deny', 'settlement', 'deny', 'settlement'])
        await notify(app, notificationFor(bought.payment, status))
      expect(await statesOf(bought)).toEqual(['REFUNDED', 'SETTLED'])
      const refunds = await app.prisma.refund.findMany({
        where: { paymentId: bought.payment.id, status: { not: 'CANCELLED' } },
      })
      expect(refunds).toMatchObject([{ status: 'PENDING', amountMinor: bought.payment.amount.minor }])
      expect(
        await app.prisma.ticket.count({ where: { orderId: bought.order.id, status: { not: 'REVOKED' } } }),
      ).toBe(0)
      await expectInvariants(app.prisma)
    })
  })
}
