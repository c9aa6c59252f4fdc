// What holds when many buy at once, however many processes serve them.
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { TestApp } from '../setup/app.ts'
import { expectInvariants } from '../setup/oracle.ts'
import { categoryOf, guest, order } from '../setup/shop.ts'

/** Against a server of its own with the season in it. */
export function orderRaces(where: string, start: () => Promise<TestApp>): void {
  describe(where, () => {
    let app: TestApp

    beforeAll(async () => {
      app = await start()
    })
    afterAll(() => app?.close())

    test('200 guests at once buy exactly the 100 tickets there are', async () => {
      const { category } = await categoryOf(app, 'flash-sale-drill')
      const answers = await Promise.all(Array.from({ length: 200 }, () => order(app, category)))
      const results = answers.map(({ body }) => body.data.createOrder)
      const placed = results.filter((result) => result.__typename === 'Order')
      const refused = results.filter((result) => result.__typename === 'SoldOutError')
      expect(placed).toHaveLength(100)
      expect(refused).toHaveLength(100)
      expect(refused.every(({ itemId, remaining }) => itemId === category.id && remaining === 0)).toBe(true)
      expect(new Set(placed.map(({ number }) => number)).size).toBe(100)
      const { remaining } = await app.prisma.ticketCategory.findUniqueOrThrow({ where: { id: category.id } })
      expect(remaining).toBe(0)
      await expectInvariants(
        app.prisma,
        placed.map(({ id }) => id),
      )
    })

    test('50 calls at once with one key place one order and give 50 equal answers', async () => {
      const { category } = await categoryOf(app, 'gelora-kampus', 'Reguler')
      const [buyer, idempotencyKey] = [guest(), randomUUID()]
      const answers = await Promise.all(
        Array.from({ length: 50 }, () => order(app, category, { buyer }, idempotencyKey)),
      )
      expect(new Set(answers.map(({ body }) => JSON.stringify(body))).size).toBe(1)
      expect(answers[0]?.body.data.createOrder.__typename).toBe('Order')
      expect(answers.filter(({ headers }) => headers.get('idempotent-replayed') === 'true')).toHaveLength(49)
      expect(await app.prisma.order.count({ where: { buyerEmail: buyer.email } })).toBe(1)
      await expectInvariants(app.prisma)
    })

    test('10 calls at once with one key place one order, five times in a row', async () => {
      const { category } = await categoryOf(app, 'gelora-kampus', 'Reguler')
      for (let round = 0; round < 5; round++) {
        const [buyer, idempotencyKey] = [guest(), randomUUID()]
        const answers = await Promise.all(
          Array.from({ length: 10 }, () => order(app, category, { buyer }, idempotencyKey)),
        )
        expect(new Set(answers.map(({ body }) => JSON.stringify(body))).size).toBe(1)
        expect(await app.prisma.order.count({ where: { buyerEmail: buyer.email } })).toBe(1)
      }
      await expectInvariants(app.prisma)
    })

    test('carts that name the same variants in opposite order never oversell and never deadlock', async () => {
      const { event, category } = await categoryOf(app, 'gelora-kampus', 'VIP')
      const variants = event.merchandise.flatMap((item) => item.variants).slice(0, 3)
      const first = variants[0]
      if (!first) throw new Error('The season sells no merchandise.')
      const before = await app.prisma.merchandiseVariant.findUniqueOrThrow({ where: { id: first.id } })
      // Leaves 12 for 40 buyers.
      const sold = before.stock - before.remaining
      await app.prisma.merchandiseVariant.update({
        where: { id: first.id },
        data: { stock: sold + 12, remaining: 12 },
      })
      const answers = await Promise.all(
        Array.from({ length: 40 }, (_, index) => {
          const lines = variants.map(({ id }) => ({ variantId: id, quantity: 1 }))
          const merchandise = index % 2 ? lines : lines.toReversed()
          return order(app, category, { merchandise })
        }),
      )
      const results = answers.map(({ body }) => body.data.createOrder.__typename)
      expect(results.filter((name) => name === 'Order')).toHaveLength(12)
      expect(results.filter((name) => name === 'SoldOutError')).toHaveLength(28)
      await expectInvariants(app.prisma)
    })

    test('cancelling an order 20 times at once gives its stock back once', async () => {
      const { category } = await categoryOf(app, 'gelora-kampus', 'Reguler')
      const placed = (await order(app, category)).body.data.createOrder
      const remaining = async () =>
        (await app.prisma.ticketCategory.findUniqueOrThrow({ where: { id: category.id } })).remaining
      const before = await remaining()
      const input = { orderId: placed.id, accessToken: placed.accessToken }
      const answers = await Promise.all(
        Array.from({ length: 20 }, () => app.call('CancelOrder', { input, idempotencyKey: randomUUID() })),
      )
      expect(answers.map(({ body }) => body.data.cancelOrder.status)).toEqual(Array(20).fill('CANCELLED'))
      expect(await remaining()).toBe(before + 1)
      await expectInvariants(app.prisma)
    })

    test('an order that the database refuses fails alone, and its neighbours in the batch are placed', async () => {
      const { category } = await categoryOf(app, 'gelora-kampus', 'Reguler')
      await app.prisma
        .$executeRaw`ALTER TABLE "order" ADD CONSTRAINT test_poison CHECK (buyer_name <> 'Poison') NOT VALID`
      const answers = await Promise.all(
        Array.from({ length: 30 }, (_, index) =>
          order(app, category, { buyer: { ...guest(), name: index === 17 ? 'Poison' : 'Budi' } }),
        ),
      )
      const poisoned = answers[17]
      expect(poisoned?.body.errors[0].extensions.code).toBe('INTERNAL_SERVER_ERROR')
      expect(JSON.stringify(poisoned?.body)).not.toMatch(/poison|constraint|prisma/i)
      const others = answers.filter((_, index) => index !== 17)
      expect(others.map(({ body }) => body.data.createOrder.__typename)).toEqual(Array(29).fill('Order'))
      await expectInvariants(app.prisma)
    })
  })
}
