import type { Deps } from '../../platform/deps.ts'
import { Busy, ExecutionTimeout } from '../../platform/errors.ts'
import { enqueue } from '../../platform/outbox.ts'
import type { Tx } from '../../platform/prisma.ts'
import { serializable } from '../../platform/serializable.ts'
import { CALL_OFF_ORDERS } from '../events/cancel-event.ts'
import { itemsOf, type Scope } from '../orders/expiry-queries.ts'
import { liveOrdersOf, lockOrders } from '../orders/queries.ts'
import { releaseOrders } from '../orders/release-order.ts'
import { lockFreeStock, whenStockIsFree } from '../orders/stock-lane.ts'
import { requestRefund } from './request-refund.ts'

const BATCH = 50
/** What one job does. The next takes over, so that a process that stops waits for no more than this. */
const MAX_A_JOB = 1_000

/**
 * Ends the orders of a cancelled event: who has not paid is cancelled, who has is refunded. An order that is ended is not
 * found again, so running twice ends each once. One that cannot be ended keeps no other waiting; the job then fails, and is
 * tried again and at last shown to staff.
 */
export async function callOffOrders(deps: Deps, { eventId }: { eventId: string }): Promise<void> {
  const event = await deps.prisma.event.findUnique({ where: { id: eventId } })
  if (event?.status !== 'CANCELLED') return
  const scope = { eventId, organizerId: event.organizerId }
  const reason = event.cancelReason ?? 'The event was cancelled'
  const live = await liveOrdersOf(deps.prisma, scope, MAX_A_JOB)
  let ended = 0
  for (let at = 0; at < live.length; at += BATCH)
    ended += await settle(deps, scope, live.slice(at, at + BATCH), reason)
  if (ended === 0 && live.length > 0) throw new Error('Orders of a cancelled event cannot be ended.')
  if (live.length === 0) return
  await serializable(deps, 'callOffOrders.next', (tx) =>
    enqueue(deps, tx, [{ kind: CALL_OFF_ORDERS, payload: { eventId } }]),
  )
}

/** How many were ended. A batch that fails is halved until what cannot be ended stands alone. */
async function settle(deps: Deps, scope: Scope, ids: readonly string[], reason: string): Promise<number> {
  try {
    return await endBatch(deps, scope, ids, reason)
  } catch (error) {
    // The database is busy or away: nobody's poison, and the whole job is tried again.
    if (error instanceof Busy || error instanceof ExecutionTimeout) throw error
    if (ids.length === 1) {
      deps.log.error({ err: error, orderId: ids[0] }, 'an order of a cancelled event cannot be ended')
      return 0
    }
    const middle = ids.length >> 1
    const before = await settle(deps, scope, ids.slice(0, middle), reason)
    return before + (await settle(deps, scope, ids.slice(middle), reason))
  }
}

async function endBatch(deps: Deps, scope: Scope, ids: readonly string[], reason: string): Promise<number> {
  const items = await itemsOf(deps.prisma, ids)
  const once = async (tx: Tx) => {
    await lockFreeStock(tx, items)
    const orders = await lockOrders(tx, ids)
    const unpaid = orders.filter(({ status }) => status === 'PENDING_PAYMENT').map(({ id }) => id)
    if (unpaid.length > 0) await releaseOrders(deps, tx, unpaid, 'CANCELLED', reason)
    for (const order of orders) await requestRefund(tx, deps, order, reason)
    return orders.length
  }
  return whenStockIsFree(deps, scope, (options) => serializable(deps, 'callOffOrders', once, options))
}
