import type { Deps } from '../../platform/deps.ts'
import { enqueue } from '../../platform/outbox.ts'
import type { Tx } from '../../platform/prisma.ts'
import { oweInvoice } from '../documents/invoices.ts'
import { isCalledOff } from '../events/queries.ts'
import { captured } from '../ledger/entries.ts'
import { postEntries } from '../ledger/post-entries.ts'
import { openFulfilments } from '../orders/open-fulfilments.ts'
import { canBecome } from '../orders/order-states.ts'
import type { LockedOrder } from '../orders/queries.ts'
import { retake } from '../orders/release-order.ts'
import { issueTickets } from '../tickets/issue-tickets.ts'
import { SEND_TICKETS } from '../tickets/send-tickets.job.ts'
import { openRefund } from './open-refund.ts'
import { booksOf, type PaymentRow } from './refund-books.ts'

/**
 * What money that has arrived does to its order, in the webhook's transaction: PAID with tickets; for an expired order
 * PAID if all that it had is still there; else, and for an order that is paid or cancelled already or whose event was
 * called off, the money goes back.
 */
export async function settlePayment(
  deps: Deps,
  tx: Tx,
  order: LockedOrder,
  payment: PaymentRow,
): Promise<void> {
  const now = deps.clock.now()
  const calledOff = order.eventId !== null && (await isCalledOff(tx, order.eventId))
  const mayBePaid = canBecome(order.status, 'PAID') && !calledOff
  const pays = mayBePaid && (order.status !== 'EXPIRED' || (await retake(deps, tx, order)))
  await postEntries(deps, tx, booksOf(order, payment), captured(payment, pays))
  if (pays) {
    await tx.order.update({
      where: { id: order.id },
      data: { status: 'PAID', paidAt: now, releasedAt: null },
    })
    await issueTickets(deps, tx, [order.id])
    await openFulfilments(deps, tx, [order])
    await oweInvoice(tx, order.id)
    await enqueue(deps, tx, [{ kind: SEND_TICKETS, payload: { orderId: order.id } }])
    return
  }
  await openRefund(deps, tx, order, payment, {
    cause: 'UNPLACED',
    amountMinor: payment.amountMinor,
    reason: reasonFor(order, calledOff),
  })
}

function reasonFor({ status }: LockedOrder, calledOff: boolean): string {
  if (calledOff) return 'Paid when the event was cancelled'
  return status === 'EXPIRED' ? 'Paid too late, and no longer to be had' : `Paid when the order was ${status}`
}
