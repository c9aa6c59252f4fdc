import type { Deps } from '../../platform/deps.ts'
import { newId } from '../../platform/ids.ts'
import { enqueue } from '../../platform/outbox.ts'
import type { Prisma, Tx } from '../../platform/prisma.ts'
import { canBecome } from '../orders/order-states.ts'
import type { LockedOrder } from '../orders/queries.ts'
import { giveBack } from '../orders/release-order.ts'
import { MAIL_REFUND } from './mail-refund.job.ts'

/**
 * The bank took back money that had settled (Midtrans: settlement, then deny within minutes). The order it paid is
 * REFUNDED, its tickets are revoked and its stock is for sale again. Money that was already on its way back stays gone.
 */
export async function reversePayment(
  deps: Deps,
  tx: Tx,
  order: LockedOrder,
  payment: Prisma.PaymentGetPayload<object>,
): Promise<void> {
  const now = deps.clock.now()
  const pending = await tx.refund.updateMany({
    where: { paymentId: payment.id, status: 'PENDING' },
    data: { status: 'FAILED', reason: 'The bank had taken the money back' },
  })
  // The payment had not paid for the order: it was to be refunded.
  if (pending.count > 0 || !canBecome(order.status, 'REFUNDED')) return
  const refundId = newId()
  const amountMinor = order.totalMinor - order.refundedMinor
  await tx.refund.create({
    data: {
      id: refundId,
      orderId: order.id,
      paymentId: payment.id,
      status: 'SUCCEEDED',
      amountMinor,
      currencyCode: payment.currencyCode,
      reason: 'The bank took the payment back',
      createdAt: now,
      succeededAt: now,
    },
  })
  await giveBack(deps, tx, [order.id])
  await tx.ticket.updateMany({ where: { orderId: order.id }, data: { status: 'REVOKED' } })
  await tx.order.update({
    where: { id: order.id },
    data: { status: 'REFUNDED', refundedMinor: order.totalMinor },
  })
  await enqueue(deps, tx, [{ kind: MAIL_REFUND, payload: { refundId } }])
}
