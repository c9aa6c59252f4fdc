import type { PaymentMethod, RefundCause } from '../../generated/prisma/enums.ts'
import type { Deps } from '../../platform/deps.ts'
import { newId } from '../../platform/ids.ts'
import { enqueue } from '../../platform/outbox.ts'
import type { Tx } from '../../platform/prisma.ts'
import { refundOwed } from '../ledger/entries.ts'
import { postEntries } from '../ledger/post-entries.ts'
import { booksOf, type OrderBooks, type PaymentRow, type RefundRow } from './refund-books.ts'
import { REFUND_PAYMENT } from './refund-payment.job.ts'

// Midtrans has no way back for a bank transfer: reference/refund.
const BY_HAND: ReadonlySet<PaymentMethod> = new Set([
  'BCA_VA',
  'BNI_VA',
  'BRI_VA',
  'PERMATA_VA',
  'MANDIRI_BILL',
])

/**
 * Notes that money is to go back, in the transaction of its cause. The provider is asked by a job after the commit; where
 * it has no way back, staff pay by hand and confirm it. What paid for no order is owed since it came (UNPLACED); what paid
 * for one is owed from now on.
 */
export async function openRefund(
  deps: Pick<Deps, 'clock'>,
  tx: Tx,
  order: OrderBooks,
  payment: PaymentRow,
  asked: { cause: RefundCause; amountMinor: bigint; reason: string; byHand?: boolean },
): Promise<RefundRow> {
  const byHand = asked.byHand || BY_HAND.has(payment.method)
  const refund = await tx.refund.create({
    data: {
      id: newId(),
      orderId: order.id,
      paymentId: payment.id,
      status: byHand ? 'MANUAL' : 'PENDING',
      cause: asked.cause,
      amountMinor: asked.amountMinor,
      currencyCode: payment.currencyCode,
      reason: asked.reason,
      createdAt: deps.clock.now(),
    },
  })
  if (asked.cause !== 'UNPLACED') await postEntries(deps, tx, booksOf(order, payment), [refundOwed(refund)])
  if (!byHand) await enqueue(deps, tx, [{ kind: REFUND_PAYMENT, payload: { refundId: refund.id } }])
  return refund
}
