import type { Deps } from '../../platform/deps.ts'
import { serializable } from '../../platform/serializable.ts'
import { canBecome } from './order-states.ts'
import { lockOrder } from './queries.ts'
import { releaseOrders } from './release-order.ts'

/** Not written any more: the sweep finds what is due. Rows from before the sweep are still worked. */
export const EXPIRE_ORDER = 'expire-order'

/** Expires an order that was not paid in time. One that was paid, cancelled or expired already is left alone. */
export async function expireOrder(deps: Deps, payload: { orderId: string }): Promise<void> {
  await serializable(deps, 'expireOrder', async (tx) => {
    const order = await lockOrder(tx, payload.orderId)
    if (!order || !canBecome(order.status, 'EXPIRED')) return
    // A worker whose clock runs ahead must not shorten the buyer's time: fail, and be tried again.
    if (order.expiresAt > deps.clock.now()) throw new Error('The order is not due yet.')
    await releaseOrders(deps, tx, [order.id], 'EXPIRED')
  })
}
