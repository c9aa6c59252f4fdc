// Events that are called off, and what becomes of their orders.
import { expect } from 'vitest'
import { CALL_OFF_ORDERS } from '../../src/modules/events/cancel-event.ts'
import { callOffOrders } from '../../src/modules/payments/call-off-orders.job.ts'
import type { TestApp } from './app.ts'
import { addCategory, addEvent } from './catalogue.ts'
import { key, notificationFor, notify, order } from './shop.ts'
import { hire, resultOf } from './staff.ts'

/** A new organizer's event with one category, and its owner. */
export async function staged(app: TestApp, category: Parameters<typeof addCategory>[2] = {}) {
  const owner = await hire(app, 'OWNER')
  const event = await addEvent(app, owner.organizerId)
  return { owner, event, category: await addCategory(app, event.id, category) }
}

export const cancelling = (
  app: TestApp,
  { owner, event }: { owner: { token: string }; event: { id: string } },
  idempotencyKey = key(),
  reason = 'Badai',
) =>
  resultOf(
    app,
    'cancelEvent',
    { eventId: event.id, reason, idempotencyKey },
    owner.token,
    '... on Event { status cancelReason cancelledAt }',
  )

/** An order with an open payment; paid if told. */
export async function bought(app: TestApp, category: { id: string; eventId: string }, isPaid: boolean) {
  const placed = (await order(app, category)).body.data.createOrder
  expect(placed.__typename).toBe('Order')
  const input = { orderId: placed.id, accessToken: placed.accessToken, method: 'QRIS' }
  const paying = await app.call('PayOrder', { input, idempotencyKey: key() })
  const amount = { minor: 5_000_000n, currencyCode: 'IDR' }
  const payment = { id: paying.body.data.payOrder.id as string, amount }
  if (isPaid) expect((await notify(app, notificationFor(payment, 'settlement'))).status, 'settled').toBe(200)
  return { id: placed.id as string, payment }
}

/** Does the jobs of a cancelled event as the job process would, until none is left. */
export async function endOrders(app: TestApp): Promise<void> {
  for (;;) {
    const jobs = await app.prisma.outbox.findMany({ where: { kind: CALL_OFF_ORDERS, closedAt: null } })
    if (jobs.length === 0) return
    for (const { id, payload } of jobs) {
      await callOffOrders(app.app.deps, payload as { eventId: string })
      await app.prisma.outbox.update({ where: { id }, data: { closedAt: app.clock.now() } })
    }
  }
}
