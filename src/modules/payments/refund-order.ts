import type { Caller } from '../../platform/caller.ts'
import { callerKey, requireAccount } from '../../platform/caller.ts'
import type { Deps } from '../../platform/deps.ts'
import { invalid, NotFound } from '../../platform/errors.ts'
import { type Answer, claimOf, idempotent } from '../../platform/idempotency.ts'
import { parseId } from '../../platform/ids.ts'
import type { Tx } from '../../platform/prisma.ts'
import { hasVisible } from '../../platform/visible.ts'
import { OrderStateRefused } from '../orders/errors.ts'
import { lockOrder, type OrderView, orderById } from '../orders/queries.ts'
import { refundUnits } from '../orders/refund-units.ts'
import { lockFreeStock, whenStockIsFree } from '../orders/stock-lane.ts'
import { audit } from '../organizers/audit.ts'
import { requirePermission } from '../organizers/permissions.ts'
import { openRefund } from './open-refund.ts'
import { planRefund, type RefundInput } from './plan-refund.ts'
import { type PaymentLeft, paymentsOf } from './refund-books.ts'

export interface RefundOrderInput extends RefundInput {
  readonly orderId: string
  readonly reason: string
  readonly manual?: boolean | null | undefined
}

// PostgreSQL keeps no U+0000 and no half surrogate pair.
const REASON = /^(?=.*\S)[^\0\p{Cs}]{1,500}$/su

/**
 * Gives money of a paid order back, all or a part, by staff. Its tickets are revoked and its stock is for sale again at
 * once; the money follows by a job. Two at once together give back no more than was paid.
 */
export async function refundOrder(
  deps: Deps,
  caller: Caller,
  input: RefundOrderInput,
  idempotencyKey: string,
): Promise<Answer<OrderView>> {
  const { accountId: actorId } = requireAccount(caller)
  const orderId = parseId(input.orderId)
  const visible = orderId && (await orderById(deps.prisma, orderId))
  if (!visible) throw new NotFound('The order')
  requirePermission(caller, visible.organizerId, 'order.refund', 'The order')
  if (!REASON.test(input.reason) || !hasVisible(input.reason))
    throw invalid(['input', 'reason'], 'A reason has 1 to 500 characters.')
  const claim = claimOf(callerKey(caller, ''), 'refundOrder', idempotencyKey, input)
  const once = async (tx: Tx) => {
    await lockFreeStock(tx, visible.lines)
    const order = await lockOrder(tx, visible.id)
    if (!order) throw new NotFound('The order')
    if (order.status !== 'PAID' && order.status !== 'PARTIALLY_REFUNDED')
      throw new OrderStateRefused(order.status)
    const { payment, leftMinor } = await paymentOf(tx, order.id)
    const taken = planRefund(order, leftMinor, input)
    const { amountMinor } = taken
    const refund = await openRefund(deps, tx, order, payment, {
      cause: 'STAFF',
      amountMinor,
      reason: input.reason,
      byHand: input.manual ?? false,
    })
    await refundUnits(deps, tx, order, taken)
    await audit(deps, tx, {
      organizerId: order.organizerId,
      actorId,
      action: 'order.refund',
      targetType: 'Order',
      targetId: order.id,
      data: {
        refundId: refund.id,
        amountMinor,
        reason: input.reason,
        lines: input.lines ?? null,
        restock: input.restock ?? false,
      },
    })
    return (await orderById(tx, order.id)) ?? visible
  }
  return whenStockIsFree(deps, visible, (options) => idempotent(deps, claim, once, options))
}

/** The payment that paid for an order. A second one has a refund of its own over all of it. */
async function paymentOf(tx: Tx, orderId: string): Promise<PaymentLeft> {
  const left = (await paymentsOf(tx, orderId)).find(({ leftMinor }) => leftMinor > 0n)
  if (!left) throw invalid(['input', 'orderId'], 'Nothing was paid for this order.')
  return left
}
