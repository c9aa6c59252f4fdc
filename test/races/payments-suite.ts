// What holds when payments, expiry and refunds meet, however many processes serve them.
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { expireOrder } from '../../src/modules/orders/expire-order.job.ts'
import type { TestApp } from '../setup/app.ts'
import { expectInvariants } from '../setup/oracle.ts'
import { notificationFor, notify, order, pending, statusOf } from '../setup/shop.ts'

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

    test('settlement and denial in any order and number end reversed, with the stock back', async () => {
      for (const statuses of [
        ['settlement', 'deny'],
        ['deny', 'settlement'],
        ['deny', 'settlement', 'deny', 'settlement', 'pending', 'expire'],
      ]) {
        const bought = await pending(app)
        const paidFirst = statuses[0] === 'settlement'
        for (const status of statuses) await notify(app, notificationFor(bought.payment, status))
        const payment = await app.prisma.payment.findUniqueOrThrow({ where: { id: bought.payment.id } })
        expect(payment.status).toBe('FAILED')
        expect(await statusOf(app, bought.order.id)).toBe(paidFirst ? 'REFUNDED' : 'PENDING_PAYMENT')
      }
      await expectInvariants(app.prisma)
    })
  })
}
