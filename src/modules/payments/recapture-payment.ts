import type { Deps } from '../../platform/deps.ts'
import type { Tx } from '../../platform/prisma.ts'
import { recaptured } from '../ledger/entries.ts'
import { countEntries, postEntries } from '../ledger/post-entries.ts'
import type { LockedOrder } from '../orders/queries.ts'
import { cancelRefund } from './cancel-refund.ts'
import { openRefund } from './open-refund.ts'
import { booksOf, type PaymentRow } from './refund-books.ts'

/**
 * Money has come again that a bank had taken back. Its order was ended then and stays so: the money is booked once more, and goes
 * back to the buyer. The bank's own refund is cancelled, for it is undone.
 */
export async function recapturePayment(
  deps: Pick<Deps, 'clock'>,
  tx: Tx,
  order: LockedOrder,
  payment: PaymentRow,
): Promise<void> {
  const books = booksOf(order, payment)
  const again = (await countEntries(tx, payment.id, 'recapture')) + 1
  await postEntries(deps, tx, books, [recaptured(payment, again)])
  const reversal = await tx.refund.findFirst({
    where: { paymentId: payment.id, cause: 'REVERSAL', status: 'SUCCEEDED' },
  })
  if (reversal) {
    await tx.refund.update({ where: { id: reversal.id }, data: { succeededAt: null, status: 'CANCELLED' } })
    await cancelRefund(deps, tx, order, reversal, 'The money came again')
  }
  await openRefund(deps, tx, order, payment, {
    cause: reversal ? 'STAFF' : 'UNPLACED',
    amountMinor: payment.amountMinor,
    reason: 'Paid again after the bank had taken it back',
  })
}
