import type { Deps } from '../../platform/deps.ts'
import type { Tx } from '../../platform/prisma.ts'
import { refundCancelled } from '../ledger/entries.ts'
import { postEntries } from '../ledger/post-entries.ts'
import { booksOf, type OrderBooks, type RefundRow } from './refund-books.ts'

/** Takes a refund back that has not gone out, because its money left on another way. */
export async function cancelRefund(
  deps: Pick<Deps, 'clock'>,
  tx: Tx,
  order: OrderBooks,
  refund: RefundRow,
  failure: string,
): Promise<void> {
  await tx.refund.update({ where: { id: refund.id }, data: { status: 'CANCELLED', failure } })
  // What paid for no order stays owed: whoever calls books where it went.
  if (refund.cause === 'UNPLACED') return
  const payment = { id: refund.paymentId, currencyCode: refund.currencyCode }
  await postEntries(deps, tx, booksOf(order, payment), [refundCancelled(refund)])
}
