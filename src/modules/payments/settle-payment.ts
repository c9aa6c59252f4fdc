import type { Deps } from '../../platform/deps.ts'
import { newId } from '../../platform/ids.ts'
import { enqueue } from '../../platform/outbox.ts'
import type { Prisma, Tx } from '../../platform/prisma.ts'
import { canBecome } from '../orders/order-states.ts'
import type { LockedOrder } from '../orders/queries.ts'
import { retake } from '../orders/release-order.ts'
import { issueTickets } from '../tickets/issue-tickets.ts'
import { SEND_TICKETS } from '../tickets/send-tickets.job.ts'
import { REFUND_PAYMENT } from './refund-payment.job.ts'

/**
 * What money that has arrived does to its order, in the webhook's transaction: PAID with tickets; for an expired order
 * PAID if all that it had is still there; else, and for an order that is paid or cancelled already, the money goes back.
 */
export async function settlePayment(
  deps: Deps,
  tx: Tx,
  order: LockedOrder,
  payment: Prisma.PaymentGetPayload<object>,
): Promise<void> {
  const now = deps.clock.now()
  const mayBePaid = canBecome(order.status, 'PAID')
  if (mayBePaid && (order.status !== 'EXPIRED' || (await retake(deps, tx, order)))) {
    await tx.order.update({
      where: { id: order.id },
      data: { status: 'PAID', paidAt: now, releasedAt: null },
    })
    await issueTickets(deps, tx, [order.id])
    await enqueue(deps, tx, [{ kind: SEND_TICKETS, payload: { orderId: order.id } }])
    return
  }
  const refundId = newId()
  await tx.refund.create({
    data: {
      id: refundId,
      orderId: order.id,
      paymentId: payment.id,
      amountMinor: payment.amountMinor,
      currencyCode: payment.currencyCode,
      reason:
        order.status === 'EXPIRED'
          ? 'Paid too late, and no longer to be had'
          : `Paid when the order was ${order.status}`,
      createdAt: now,
    },
  })
  await enqueue(deps, tx, [{ kind: REFUND_PAYMENT, payload: { refundId } }])
}
