import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { TestApp } from '../setup/app.ts'
import { addCategory, addEvent } from '../setup/catalogue.ts'
import { sweep } from '../setup/expiry.ts'
import { expectInvariants } from '../setup/oracle.ts'
import { addPromo, buy, cartOf, newSale, someone, usedOf } from '../setup/promo.ts'
import { key } from '../setup/shop.ts'

const many = <T>(count: number, work: (index: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, (_, index) => work(index)))

/** How often each answer came: orders by their type, refusals by their reason. */
const tally = (answers: readonly { __typename: string; reason?: string }[]) =>
  Object.fromEntries(
    Object.entries(Object.groupBy(answers, ({ __typename, reason }) => reason ?? __typename)).map(
      ([name, all]) => [name, all?.length],
    ),
  )

export function promoRaces(where: string, start: () => Promise<TestApp>): void {
  describe(where, () => {
    let app: TestApp
    beforeAll(async () => {
      app = await start()
    }, 60_000)
    afterAll(() => app.close())

    /** Categories of one organizer in several events: each event is a lane of its own. */
    async function lanes(count: number) {
      const { organizer, regular } = await newSale(app)
      const others = await many(count - 1, async () =>
        addCategory(app, (await addEvent(app, organizer.id)).id, { quota: 500 }),
      )
      return { organizer, first: regular, categories: [regular, ...others] }
    }

    test('a code for 20 orders is used by exactly 20 of 60 buyers at once', async () => {
      const { organizer, regular } = await newSale(app)
      const promo = await addPromo(app, organizer.id, { maxUses: 20 })
      const answers = await many(60, () => buy(app, { ...cartOf(regular), promoCode: promo.code }))
      expect(tally(answers)).toEqual({ Order: 20, USED_UP: 40 })
      expect(await usedOf(app, promo.id)).toBe(20)
      await expectInvariants(
        app.prisma,
        answers.flatMap(({ id }) => id ?? []),
      )
    })

    test('also when they buy for four events, which are written side by side', async () => {
      const { organizer, first, categories } = await lanes(4)
      const promo = await addPromo(app, organizer.id, { maxUses: 10 })
      const answers = await many(40, (index) =>
        buy(app, { ...cartOf(categories[index % 4] ?? first), promoCode: promo.code }),
      )
      expect(tally(answers)).toEqual({ Order: 10, USED_UP: 30 })
      await expectInvariants(app.prisma)
    })

    test('one buyer at four events at once uses a code once', async () => {
      const { organizer, first, categories } = await lanes(4)
      for (let round = 0; round < 3; round++) {
        const promo = await addPromo(app, organizer.id, { maxPerBuyer: 1 })
        const buyer = someone()
        const answers = await many(12, (index) =>
          buy(app, { ...cartOf(categories[index % 4] ?? first), promoCode: promo.code, buyer }),
        )
        expect(tally(answers)).toEqual({ Order: 1, BUYER_LIMIT: 11 })
        await expectInvariants(app.prisma)
      }
    })

    test('orders that are cancelled, expired and placed at once give each use back once', async () => {
      const { organizer, regular } = await newSale(app)
      const promo = await addPromo(app, organizer.id, { maxUses: 10 })
      const cart = { ...cartOf(regular), promoCode: promo.code }
      const placed = await many(10, () => buy(app, cart))
      app.clock.advance(16 * 60)
      const cancel = ({ id, accessToken }: { id: string; accessToken: string }) =>
        app.call('CancelOrder', { input: { orderId: id, accessToken }, idempotencyKey: key() })
      const [again] = await Promise.all([
        many(10, () => buy(app, cart)),
        many(20, (index) => cancel(placed[index % 10])),
        sweep(app),
        sweep(app),
      ])
      await sweep(app)
      const { Order: orders = 0 } = tally(again)
      expect(await usedOf(app, promo.id)).toBeLessThanOrEqual(orders)
      await expectInvariants(app.prisma)
    })
  })
}
