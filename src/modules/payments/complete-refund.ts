import type { Deps } from '../../platform/deps.ts'
import { causerOf } from '../../platform/fairness.ts'
import { enqueue } from '../../platform/outbox.ts'
import type { Tx } from '../../platform/prisma.ts'
import { refundPaid } from '../ledger/entries.ts'
import { postEntries } from '../ledger/post-entries.ts'
import { MAIL_REFUND } from '../messages/causes.ts'
import { canBecome } from './payment-states.ts'
import { booksOf, type OrderBooks, type RefundRow } from './refund-books.ts'

/**
 * Notes that a refund has gone out, in the transaction that locked its order and found it open: books it, moves the payment
 * on and tells the buyer. `reference` names the transfer of a refund by hand; null: the provider did it.
 */
export async function completeRefund(
  deps: Pick<Deps, 'clock' | 'settings'>,
  tx: Tx,
  order: OrderBooks,
  refund: RefundRow,
  reference: string | null = null,
): Promise<RefundRow> {
  const done = await tx.refund.update({
    where: { id: refund.id },
    data: { status: 'SUCCEEDED', succeededAt: deps.clock.now(), reference, failure: null },
  })
  const payment = await tx.payment.findUniqueOrThrow({
    where: { id: refund.paymentId },
    include: { refunds: { where: { status: 'SUCCEEDED' }, select: { amountMinor: true } } },
  })
  const gone = payment.refunds.reduce((sum, { amountMinor }) => sum + amountMinor, 0n)
  const status = gone >= payment.amountMinor ? 'REFUNDED' : 'PARTIALLY_REFUNDED'
  if (canBecome(payment.status, status))
    await tx.payment.update({ where: { id: payment.id }, data: { status } })
  await postEntries(deps, tx, booksOf(order, payment), [refundPaid(refund, reference !== null)])
  const { bucket: fairnessBucket } = causerOf(deps.settings.linkSecret, 'organizer', order.organizerId)
  await enqueue(deps, tx, [{ kind: MAIL_REFUND, payload: { refundId: refund.id }, fairnessBucket }])
  return done
}
