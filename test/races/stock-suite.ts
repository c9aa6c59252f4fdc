// What holds when staff change what is being sold, however many processes serve them.
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { TestApp } from '../setup/app.ts'
import { addCategory, addEvent, addItem } from '../setup/catalogue.ts'
import { expectInvariants } from '../setup/oracle.ts'
import { order } from '../setup/shop.ts'
import { hire, resultOf } from '../setup/staff.ts'

/** Against a server of its own. */
export function stockRaces(where: string, start: () => Promise<TestApp>): void {
  describe(where, () => {
    let app: TestApp

    beforeAll(async () => {
      app = await start()
    })
    afterAll(() => app?.close())

    test('an event deleted by hand in the middle of 20 orders goes with no order, or stays with all of them', async () => {
      const { organizerId } = await hire(app, 'OWNER')
      for (const after of [0, 2, 5, 10]) {
        const event = await addEvent(app, organizerId)
        const category = await addCategory(app, event.id, { quota: 30 })
        const orders = Array.from({ length: 20 }, () => order(app, category))
        await sleep(after)
        await app.prisma.event.delete({ where: { id: event.id } }).catch(() => undefined)
        const answers = (await Promise.all(orders)).map(({ body }) => body.data?.createOrder)
        const placed = answers.filter((answer) => answer?.__typename === 'Order').map(({ id }) => id)
        expect(await app.prisma.event.count({ where: { id: event.id } })).toBe(placed.length > 0 ? 1 : 0)
        await expectInvariants(app.prisma, placed)
      }
    })

    test('quota and stock changed in the middle of 20 orders lose no unit', async () => {
      const { organizerId, token } = await hire(app, 'OWNER')
      const event = await addEvent(app, organizerId)
      const category = await addCategory(app, event.id, { quota: 30 })
      const item = await addItem(app, organizerId, {}, { stock: 30, remaining: 30 })
      const [variant] = item.variants
      const merchandise = [{ variantId: variant?.id, quantity: 1 }]
      const orders = Array.from({ length: 20 }, () => order(app, category, { merchandise }))
      const changes = [25, 15, 40, 12, 22].flatMap((units) => [
        resultOf(app, 'updateTicketCategory', { input: { id: category.id, quota: units } }, token),
        resultOf(app, 'updateMerchandiseVariant', { input: { id: variant?.id, stock: units } }, token),
      ])
      const answers = (await Promise.all(orders)).map(({ body }) => body.data.createOrder)
      // A change is either made or refused because more is sold; none is lost to a conflict.
      for (const { __typename } of await Promise.all(changes)) {
        expect(['TicketCategory', 'MerchandiseVariant', 'ValidationError']).toContain(__typename)
      }
      const placed = answers.filter((answer) => answer.__typename === 'Order')
      expect(placed.length).toBeGreaterThanOrEqual(12)
      const { quota, remaining } = await app.prisma.ticketCategory.findUniqueOrThrow({
        where: { id: category.id },
      })
      expect(quota - remaining).toBe(placed.length)
      await expectInvariants(
        app.prisma,
        placed.map(({ id }) => id),
      )
    })

    test('20 publications at once publish once, and 20 equal changes are written down once', async () => {
      const { organizerId, token } = await hire(app, 'OWNER')
      const event = await addEvent(app, organizerId, { status: 'DRAFT', publishedAt: null })
      await addCategory(app, event.id)
      const twenty = <T>(work: () => Promise<T>) => Promise.all(Array.from({ length: 20 }, work))
      const published = await twenty(() => resultOf(app, 'publishEvent', { eventId: event.id }, token))
      const changed = await twenty(() =>
        resultOf(app, 'updateEvent', { input: { id: event.id, title: 'Baru' } }, token),
      )
      for (const { id } of [...published, ...changed]) expect(id).toBe(event.id)
      const trail = await app.prisma.auditEntry.findMany({ where: { targetId: event.id } })
      expect(trail.map(({ action }) => action).sort()).toEqual(['event.publish', 'event.update'])
    })
  })
}
