import type { Deps } from '../../platform/deps.ts'
import { newId, parseId } from '../../platform/ids.ts'
import type { Money } from '../../platform/money.ts'
import type { Tx } from '../../platform/prisma.ts'
import { refundOwed } from '../ledger/entries.ts'
import { postEntries } from '../ledger/post-entries.ts'
import { type LockedOrder, lockOrder } from '../orders/queries.ts'
import { refundUnits } from '../orders/refund-units.ts'
import { cancelRefund } from './cancel-refund.ts'
import { completeRefund } from './complete-refund.ts'
import { openRefund } from './open-refund.ts'
import { canBecome } from './payment-states.ts'
import { booksOf, type PaymentRow, type RefundRow } from './refund-books.ts'
import { settlePayment } from './settle-payment.ts'

/** What the provider says of one refund or chargeback. */
export interface ToldRefund {
  /** The provider's key of it: the id of ours, or any other that is always the same for the same refund. */
  readonly refundKey: string
  readonly amount: Money
}

/**
 * Takes what the provider tells of money that has gone back, in the transaction of its notification: one that we asked for
 * is confirmed, any other is recorded once by its key, and order, tickets and ledger follow. Any number of copies in any
 * order of arrival lead to the same end. True when anything changed; what cannot be is left alone and logged as an error.
 */
export async function recordProviderRefund(
  tx: Tx,
  deps: Deps,
  { id: paymentId, orderId }: { readonly id: string; readonly orderId: string },
  told: ToldRefund,
): Promise<boolean> {
  const about = { paymentId, refundKey: told.refundKey, amount: told.amount.minor.toString() }
  const alarm = (why: string): false => {
    deps.log.error(about, `the provider tells of a refund that cannot be: ${why}`)
    return false
  }
  const order = await lockOrder(tx, orderId)
  const payment = await tx.payment.findUnique({ where: { id: paymentId } })
  if (!order || !payment) return alarm('there is no such payment')
  const { minor, currencyCode } = told.amount
  if (currencyCode !== payment.currencyCode || minor <= 0n) return alarm('its amount is of no use')
  const refunds = await tx.refund.findMany({
    where: { paymentId },
    orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
  })
  const ownId = parseId(told.refundKey)
  const known = refunds.find(({ id, refundKey }) => id === ownId || refundKey === told.refundKey)
  if (known) {
    if (known.status === 'SUCCEEDED') return false
    if (known.amountMinor !== minor) return alarm('we asked for another amount')
    if (known.status === 'CANCELLED') return alarm('it was cancelled')
    await completeRefund(deps, tx, order, known)
    return true
  }
  if (payment.status === 'FAILED') return alarm('its payment failed')
  const gone = refunds.filter(({ status }) => status === 'SUCCEEDED')
  if (sumOf(gone) + minor > payment.amountMinor) return alarm('it is more than was paid')
  const settled = await settledBefore(deps, tx, order, payment)
  const open = settled ? await openOf(tx, paymentId) : refunds.filter(isOpen)
  await recordForeign(deps, tx, payment, open, gone, told)
  return true
}

const OPEN: ReadonlySet<string> = new Set(['PENDING', 'MANUAL', 'FAILED'])
const isOpen = ({ status }: RefundRow): boolean => OPEN.has(status)
const sumOf = (refunds: readonly RefundRow[]): bigint =>
  refunds.reduce((sum, { amountMinor }) => sum + amountMinor, 0n)

const openOf = async (tx: Tx, paymentId: string): Promise<RefundRow[]> =>
  (
    await tx.refund.findMany({ where: { paymentId }, orderBy: [{ createdAt: 'desc' }, { id: 'desc' }] })
  ).filter(isOpen)

/** Only what had arrived can go back: where the news of its arrival was late or lost, this is it. True if it was. */
async function settledBefore(deps: Deps, tx: Tx, order: LockedOrder, payment: PaymentRow): Promise<boolean> {
  if (!canBecome(payment.status, 'SETTLED')) return false
  await tx.payment.update({
    where: { id: payment.id },
    data: { status: 'SETTLED', settledAt: deps.clock.now() },
  })
  await settlePayment(deps, tx, order, payment)
  return true
}

async function recordForeign(
  deps: Deps,
  tx: Tx,
  payment: PaymentRow,
  open: readonly RefundRow[],
  gone: readonly RefundRow[],
  told: ToldRefund,
): Promise<void> {
  const order = await lockOrder(tx, payment.orderId)
  if (!order) throw new Error('The order of a payment is gone.')
  const unplaced = [...open, ...gone].some(({ cause }) => cause === 'UNPLACED')
  // The provider gives back no more than it has, so what does not fit beside this has not gone out and never will.
  const displaced: RefundRow[] = []
  let promised = sumOf(open)
  let left = payment.amountMinor - sumOf(gone) - told.amount.minor
  for (const refund of open) {
    if (promised <= left) break
    await cancelRefund(deps, tx, order, refund, 'The provider had given the money back on another way')
    promised -= refund.amountMinor
    displaced.push(refund)
  }
  left -= promised
  const refund = await tx.refund.create({
    data: {
      id: newId(),
      orderId: order.id,
      paymentId: payment.id,
      cause: unplaced ? 'UNPLACED' : 'PROVIDER',
      refundKey: told.refundKey,
      amountMinor: told.amount.minor,
      currencyCode: payment.currencyCode,
      reason: 'The payment provider gave it back',
      createdAt: deps.clock.now(),
    },
  })
  if (!unplaced) await postEntries(deps, tx, booksOf(order, payment), [refundOwed(refund)])
  await completeRefund(deps, tx, order, refund)
  // What is still owed of what was displaced is asked for anew, under a key of its own.
  const [last] = displaced
  const owed = sumOf(displaced)
  const rest = owed < left ? owed : left
  if (last && rest > 0n) {
    const { cause, reason, status } = last
    const byHand = status === 'MANUAL'
    await openRefund(deps, tx, order, payment, { cause, amountMinor: rest, reason, byHand })
  }
  if (unplaced || order.status === 'REFUNDED') return
  const amountMinor = told.amount.minor - (owed - (last ? rest : 0n))
  await refundUnits(deps, tx, order, { amountMinor, units: new Map(), restock: false })
}
