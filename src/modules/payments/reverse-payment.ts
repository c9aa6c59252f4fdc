import type { Deps } from '../../platform/deps.ts'
import { causerOf } from '../../platform/fairness.ts'
import { newId } from '../../platform/ids.ts'
import { enqueue } from '../../platform/outbox.ts'
import type { Tx } from '../../platform/prisma.ts'
import { refundOwed, refundPaid, reversed } from '../ledger/entries.ts'
import { countEntries, postEntries } from '../ledger/post-entries.ts'
import { MAIL_REFUND } from '../messages/causes.ts'
import { deliveredLines } from '../orders/open-fulfilments.ts'
import { canBecome } from '../orders/order-states.ts'
import type { LockedOrder } from '../orders/queries.ts'
import { giveBack } from '../orders/release-order.ts'
import { cancelRefund } from './cancel-refund.ts'
import { booksOf, type PaymentRow } from './refund-books.ts'

/**
 * The bank took back money that had settled (Midtrans: settlement, then deny within minutes). The order it paid is
 * REFUNDED, its tickets are revoked and its stock is for sale again, but for goods that have left the house.
 * Money that was on its way back is not sent any more.
 */
export async function reversePayment(
  deps: Deps,
  tx: Tx,
  order: LockedOrder,
  payment: PaymentRow,
): Promise<void> {
  const now = deps.clock.now()
  const open = await tx.refund.findMany({
    where: { paymentId: payment.id, status: { in: ['PENDING', 'MANUAL', 'FAILED'] } },
  })
  for (const refund of open) await cancelRefund(deps, tx, order, refund, 'The bank had taken the money back')
  const books = booksOf(order, payment)
  // It had paid for nothing: it was to be refunded.
  if (open.some(({ cause }) => cause === 'UNPLACED')) {
    const before = await countEntries(tx, payment.id, 'reversal')
    return postEntries(deps, tx, books, [reversed(payment, before + 1)])
  }
  const refund = await tx.refund.create({
    data: {
      id: newId(),
      orderId: order.id,
      paymentId: payment.id,
      status: 'SUCCEEDED',
      cause: 'REVERSAL',
      amountMinor: payment.amountMinor,
      currencyCode: payment.currencyCode,
      reason: 'The bank took the payment back',
      createdAt: now,
      succeededAt: now,
    },
  })
  await postEntries(deps, tx, books, [refundOwed(refund), refundPaid(refund, false)])
  const { bucket: fairnessBucket } = causerOf(deps.settings.linkSecret, 'organizer', order.organizerId)
  await enqueue(deps, tx, [{ kind: MAIL_REFUND, payload: { refundId: refund.id }, fairnessBucket }])
  // Staff had given all of it back already.
  if (!canBecome(order.status, 'REFUNDED')) return
  await giveBack(deps, tx, [order.id], await deliveredLines(tx, order))
  await tx.ticket.updateMany({ where: { orderId: order.id }, data: { status: 'REVOKED' } })
  await tx.order.update({
    where: { id: order.id },
    data: { status: 'REFUNDED', refundedMinor: order.totalMinor },
  })
}
