import type { Deps } from '../../platform/deps.ts'
import type { Tx } from '../../platform/prisma.ts'
import { deliveredLines } from '../orders/open-fulfilments.ts'
import { canBecome } from '../orders/order-states.ts'
import type { LockedOrder } from '../orders/queries.ts'
import { refundUnits } from '../orders/refund-units.ts'
import { openRefund } from './open-refund.ts'
import { paymentsOf } from './refund-books.ts'

/**
 * Ends a paid order as REFUNDED: its tickets are revoked at once, its stock is for sale again but for goods that have left
 * the house, and all that was paid and is not on its way back is owed. An order that cannot be refunded is left alone, so
 * that a repetition pays once. The caller has locked the stock and the order, in this order.
 */
export async function requestRefund(tx: Tx, deps: Deps, order: LockedOrder, reason: string): Promise<void> {
  if (!canBecome(order.status, 'REFUNDED')) return
  for (const { payment, leftMinor } of await paymentsOf(tx, order.id)) {
    if (leftMinor > 0n)
      await openRefund(deps, tx, order, payment, { cause: 'STAFF', amountMinor: leftMinor, reason })
  }
  const gone = await deliveredLines(tx, order)
  await refundUnits(deps, tx, order, {
    amountMinor: order.totalMinor - order.refundedMinor,
    units: new Map(),
    restocked: new Set(order.lines.map(({ id }) => id).filter((id) => !gone.includes(id))),
  })
}
