import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newId } from '../../src/platform/ids.ts'
import type { TestApp } from '../setup/app.ts'
import { addCategory, addEvent, addItem } from '../setup/catalogue.ts'
import { sweep } from '../setup/expiry.ts'
import { expectInvariants } from '../setup/oracle.ts'
import { buy, cartOf, newSale, someone } from '../setup/promo.ts'
import { key, notificationFor, notify, statusOf } from '../setup/shop.ts'

const many = <T>(count: number, work: (index: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, (_, index) => work(index)))

/** How many orders were placed; all others met the buyer's limit. */
function placedOf(answers: readonly { __typename: string; rule?: string }[]): number {
  const placed = answers.filter(({ __typename }) => __typename === 'Order')
  const refused = answers.filter(({ rule }) => rule === 'PER_BUYER')
  expect(placed.length + refused.length).toBe(answers.length)
  return placed.length
}

export function buyerLimitRaces(where: string, start: () => Promise<TestApp>): void {
  describe(where, () => {
    let app: TestApp
    beforeAll(async () => {
      app = await start()
    }, 60_000)
    afterAll(() => app.close())

    test('a buyer who orders 20 times at once gets what one may have of a category', async () => {
      const { regular } = await newSale(app, {}, { maxPerBuyer: 4 })
      const buyer = someone()
      expect(placedOf(await many(20, () => buy(app, { ...cartOf(regular), buyer })))).toBe(4)
      await expectInvariants(app.prisma)
    })

    test('a buyer who orders two categories at once gets what one may have of the event', async () => {
      for (let round = 0; round < 5; round++) {
        const { regular, vip } = await newSale(app, { maxPerBuyer: 3 })
        const buyer = someone()
        const answers = await many(16, (index) => buy(app, { ...cartOf(index % 2 ? vip : regular), buyer }))
        expect(placedOf(answers)).toBe(3)
      }
      await expectInvariants(app.prisma)
    })

    test('one device with 20 e-mails at once gets what one may have', async () => {
      const { regular } = await newSale(app, {}, { maxPerBuyer: 4 })
      const deviceId = `device-${newId()}`
      expect(placedOf(await many(20, () => buy(app, { ...cartOf(regular), deviceId })))).toBe(4)
      await expectInvariants(app.prisma)
    })

    test('a crowd of buyers does not keep each other from what each may have', async () => {
      const { regular } = await newSale(app, {}, { maxPerBuyer: 1 })
      const buyers = Array.from({ length: 20 }, someone)
      const answers = await many(60, (index) =>
        buy(app, { ...cartOf(regular), buyer: buyers[index % 20] ?? someone() }),
      )
      expect(placedOf(answers)).toBe(20)
      await expectInvariants(app.prisma)
    })

    test('a variant that is sold with four events at once keeps its limit', async () => {
      for (let round = 0; round < 5; round++) {
        const { organizer, regular } = await newSale(app)
        const others = await many(3, async () =>
          addCategory(app, (await addEvent(app, organizer.id)).id, { quota: 500 }),
        )
        const categories = [regular, ...others]
        const stock = { stock: 100, remaining: 100 }
        const item = await addItem(app, organizer.id, {}, { ...stock, maxPerBuyer: 2 })
        const merchandise = [{ variantId: item.variants[0]?.id, quantity: 1 }]
        const buyer = someone()
        const answers = await many(12, (index) =>
          buy(app, { ...cartOf(categories[index % 4] ?? regular), merchandise, buyer }),
        )
        expect(placedOf(answers)).toBe(2)
      }
      await expectInvariants(app.prisma)
    })

    test('a late payment and a new order of one buyer at once are not both taken', async () => {
      for (let round = 0; round < 5; round++) {
        const { regular, vip } = await newSale(app, { maxPerBuyer: 1 })
        const buyer = someone()
        const late = await buy(app, { ...cartOf(regular), buyer })
        const input = { orderId: late.id, accessToken: late.accessToken, method: 'QRIS' }
        const { body } = await app.call('PayOrder', { input, idempotencyKey: key() })
        const { amountMinor: minor, currencyCode } = await app.prisma.payment.findUniqueOrThrow({
          where: { id: body.data.payOrder.id },
        })
        const payment = { id: body.data.payOrder.id, amount: { minor, currencyCode } }
        app.clock.advance(16 * 60)
        await sweep(app)
        const [again] = await Promise.all([
          buy(app, { ...cartOf(vip), buyer }),
          notify(app, notificationFor(payment, 'settlement')),
        ])
        const revived = (await statusOf(app, late.id)) === 'PAID'
        expect(again.__typename === 'Order').toBe(!revived)
      }
      await expectInvariants(app.prisma)
    })
  })
}
