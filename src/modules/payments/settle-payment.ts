import type { Deps } from '../../platform/deps.ts'
import { causerOf } from '../../platform/fairness.ts'
import { enqueue } from '../../platform/outbox.ts'
import type { Tx } from '../../platform/prisma.ts'
import type { Sql } from '../../platform/sql.ts'
import { oweInvoice } from '../documents/invoice-queries.ts'
import { isCalledOff } from '../events/queries.ts'
import { captured } from '../ledger/entries.ts'
import { postEntries } from '../ledger/post-entries.ts'
import { SEND_TICKETS } from '../messages/causes.ts'
import { openFulfilments } from '../orders/open-fulfilments.ts'
import { canBecome } from '../orders/order-states.ts'
import type { LockedOrder } from '../orders/queries.ts'
import { retake } from '../orders/release-order.ts'
import { issueTickets } from '../tickets/issue-tickets.ts'
import type { KnownPayment } from './known-payment.ts'
import { openRefund } from './open-refund.ts'
import { booksOf, type OrderBooks, type PaymentRow } from './refund-books.ts'

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
  const calledOff = order.eventId !== null && (await isCalledOff(tx, order.eventId))
  const mayBePaid = canBecome(order.status, 'PAID') && !calledOff
  const pays = mayBePaid && (order.status !== 'EXPIRED' || (await retake(deps, tx, order)))
  if (pays) return markPaid(deps, tx, order, payment)
  await postEntries(deps, tx, booksOf(order, payment), captured(payment, false))
  await openRefund(deps, tx, order, payment, {
    cause: 'UNPLACED',
    amountMinor: payment.amountMinor,
    reason: reasonFor(order, calledOff),
  })
}

/**
 * Makes an order PAID with all that follows: books, tickets, goods to be packed, an invoice, the mail. None of its
 * statements needs what another does, so they are sent together.
 */
export async function markPaid(
  deps: Deps,
  tx: Sql,
  order: OrderBooks & Pick<KnownPayment['order'], 'lines' | 'buyerEmail'>,
  payment: Pick<PaymentRow, 'id' | 'method' | 'amountMinor' | 'currencyCode'>,
): Promise<void> {
  const now = deps.clock.now()
  const { bucket: fairnessBucket } = causerOf(deps.settings.linkSecret, 'buyer', order.buyerEmail)
  await Promise.all([
    tx.$executeRaw`
      UPDATE "order" SET status = 'PAID', paid_at = ${now}::timestamptz, released_at = NULL
      WHERE id = ${order.id}::uuid`,
    postEntries(deps, tx, booksOf(order, payment), captured(payment, true)),
    oweInvoice(tx, order.id, now),
    openFulfilments(deps, tx, [order]),
    enqueue(deps, tx, [{ kind: SEND_TICKETS, payload: { orderId: order.id }, fairnessBucket }]),
    issueTickets(deps, tx, [order.id]),
  ])
}

function reasonFor({ status }: LockedOrder, calledOff: boolean): string {
  if (calledOff) return 'Paid when the event was cancelled'
  return status === 'EXPIRED' ? 'Paid too late, and no longer to be had' : `Paid when the order was ${status}`
}
