// What holds when goods are given out many times at once, or while their money goes back.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { TestApp } from '../setup/app.ts'
import { fulfil, paidGoods, scanPickup, statusesOf } from '../setup/goods.ts'
import { expectInvariants } from '../setup/oracle.ts'
import { key, notificationFor, notify, statusOf } from '../setup/shop.ts'
import { hire } from '../setup/staff.ts'

/** Against a server of its own with the season in it. */
export function fulfilmentRaces(where: string, start: () => Promise<TestApp>): void {
  describe(where, () => {
    let app: TestApp
    let owner: Awaited<ReturnType<typeof hire>>

    beforeAll(async () => {
      app = await start()
      owner = await hire(app, 'OWNER')
    })
    afterAll(() => app?.close())

    const buy = (items?: number) => paidGoods(app, { id: owner.organizerId }, items)
    const times = <T>(count: number, work: (n: number) => Promise<T>) =>
      Promise.all(Array.from({ length: count }, (_, n) => work(n)))

    async function codeOf({ order }: Awaited<ReturnType<typeof buy>>): Promise<string> {
      const { id, accessToken } = order
      return (await app.call('OrderGoods', { id, accessToken })).body.data.order.pickupToken
    }

    test('50 scans of one pick-up code at once hand over once and name the first 49 times', async () => {
      const bought = await buy(2)
      const code = await codeOf(bought)
      const answers = await times(50, () => scanPickup(app, code, owner.token))
      const given = answers.filter(({ __typename }) => __typename === 'Pickup')
      const refused = answers.filter(({ __typename }) => __typename === 'AlreadyDeliveredError')
      expect([given.length, refused.length]).toEqual([1, 49])
      expect(new Set(refused.map(({ deliveredAt }) => deliveredAt)).size).toBe(1)
      expect(await app.prisma.auditEntry.count({ where: { targetId: bought.order.id } })).toBe(1)
      await expectInvariants(app.prisma)
    })

    test('one order shipped 20 times at once under numbers of their own is one parcel', async () => {
      const { order, lineIds } = await buy()
      const answers = await times(20, (n) =>
        fulfil(app, owner.token, {
          orderId: order.id,
          step: 'SHIPPED',
          carrier: 'JNE',
          trackingNumber: `no-${n}`,
        }),
      )
      const sent = answers.flatMap((answer, n) => (answer.__typename === 'Order' ? [`no-${n}`] : []))
      expect(sent).toHaveLength(1)
      const rows = await app.prisma.fulfilment.findMany({ where: { id: { in: lineIds } } })
      expect(rows.map(({ trackingNumber }) => trackingNumber)).toEqual(sent)
      expect(await app.prisma.auditEntry.count({ where: { targetId: order.id } })).toBe(1)
    })

    test('20 packings with one key are one packing with 20 equal answers', async () => {
      const { order } = await buy()
      const idempotencyKey = key()
      const input = { orderId: order.id, step: 'PACKED' }
      const answers = await times(20, () => fulfil(app, owner.token, input, idempotencyKey))
      expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1)
      expect(await app.prisma.auditEntry.count({ where: { targetId: order.id } })).toBe(1)
    })

    test('a hand-over and a bank that takes the money back end in one order of the two', async () => {
      for (let round = 0; round < 10; round++) {
        const bought = await buy()
        const code = await codeOf(bought)
        const [scan] = await Promise.all([
          scanPickup(app, code, owner.token),
          notify(app, notificationFor(bought.payment, 'deny')),
          fulfil(app, owner.token, { orderId: bought.order.id, step: 'PACKED' }),
        ])
        expect(await statusOf(app, bought.order.id)).toBe('REFUNDED')
        const [status] = await statusesOf(app, bought.lineIds)
        expect(status === 'HANDED_OVER').toBe(scan.__typename === 'Pickup')
        const [variant] = await app.prisma.merchandiseVariant.findMany({
          where: { id: { in: bought.variants } },
        })
        // What left the house is not for sale again; what did not, is.
        expect(variant?.remaining).toBe(status === 'HANDED_OVER' ? 8 : 10)
        const after = await scanPickup(app, code, owner.token)
        expect(after.code).toBe('ORDER_STATE')
      }
      await expectInvariants(app.prisma)
    })
  })
}
