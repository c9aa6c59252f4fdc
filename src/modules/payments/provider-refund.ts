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
import { booksOf, type PaymentRow, type RefundRow } from './refund-books.ts'

/** What the provider says of one refund or chargeback. */
export interface ToldRefund {
  /** The provider's key of it: the id of ours, or any other that is always the same for the same refund. */
  readonly refundKey: string
  readonly amount: Money
}

/**
 * Takes what the provider tells of money that has gone back, in the transaction of its notification, which has locked the
 * stock and the order and knows that the money had arrived. A refund that we asked for is confirmed; any other is recorded
 * once by its key, never above what was left, and order, tickets and ledger follow. Any number of copies in any order lead
 * to the same end. True when anything changed; what cannot be is left alone and logged as an error.
 */
export async function recordProviderRefund(
  tx: Tx,
  deps: Deps,
  { id: paymentId, orderId }: { readonly id: string; readonly orderId: string },
  told: ToldRefund,
): Promise<boolean> {
  const { minor, currencyCode } = told.amount
  const alarm = (why: string): false => {
    const about = { alarm: true, paymentId, refundKey: told.refundKey, minor: minor.toString() }
    deps.log.error(about, `the provider tells of a refund that cannot be: ${why}`)
    return false
  }
  const order = await lockOrder(tx, orderId)
  const payment = await tx.payment.findUnique({ where: { id: paymentId } })
  if (!order || !payment) return alarm('there is no such payment')
  if (currencyCode !== payment.currencyCode || minor <= 0n) return alarm('its amount is of no use')
  const refunds = await tx.refund.findMany({
    where: { paymentId },
    orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
  })
  const ownId = parseId(told.refundKey)
  const known = refunds.find(({ id, refundKey }) => id === ownId || refundKey === told.refundKey)
  if (known) {
    if (known.status === 'SUCCEEDED') return false
    if (known.status === 'CANCELLED') return alarm('it was cancelled')
    if (known.amountMinor !== minor) return alarm('we asked for another amount')
    await completeRefund(deps, tx, order, known)
    return true
  }
  if (payment.status !== 'SETTLED' && payment.status !== 'PARTIALLY_REFUNDED')
    return alarm(`its payment is ${payment.status}`)
  const gone = refunds.filter(({ status }) => status === 'SUCCEEDED')
  const left = payment.amountMinor - sumOf(gone)
  if (minor > left) alarm('it is more than was left')
  await recordForeign(deps, tx, order, payment, {
    open: refunds.filter(({ status }) => OPEN.has(status)),
    unplaced: refunds.some(({ cause }) => cause === 'UNPLACED'),
    refundKey: told.refundKey,
    amountMinor: minor < left ? minor : left,
    left,
  })
  return true
}

const OPEN: ReadonlySet<string> = new Set(['PENDING', 'MANUAL', 'FAILED'])
const sumOf = (refunds: readonly RefundRow[]): bigint =>
  refunds.reduce((sum, { amountMinor }) => sum + amountMinor, 0n)

interface Foreign {
  /** What we have promised and not given yet, the newest first. */
  readonly open: readonly RefundRow[]
  /** The payment paid for no order. */
  readonly unplaced: boolean
  readonly refundKey: string
  readonly amountMinor: bigint
  /** What had not gone back before. */
  readonly left: bigint
}

async function recordForeign(
  deps: Deps,
  tx: Tx,
  order: LockedOrder,
  payment: PaymentRow,
  { open, unplaced, refundKey, amountMinor, left }: Foreign,
): Promise<void> {
  // The provider gives back no more than it has, so what does not fit beside this has not gone out and never will.
  const room = left - amountMinor
  const displaced: RefundRow[] = []
  let promised = sumOf(open)
  for (const refund of open) {
    if (promised <= room) break
    await cancelRefund(deps, tx, order, refund, 'The provider had given the money back on another way')
    promised -= refund.amountMinor
    displaced.push(refund)
  }
  const refund = await tx.refund.create({
    data: {
      id: newId(),
      orderId: order.id,
      paymentId: payment.id,
      cause: unplaced ? 'UNPLACED' : 'PROVIDER',
      refundKey,
      amountMinor,
      currencyCode: payment.currencyCode,
      reason: 'The payment provider gave it back',
      createdAt: deps.clock.now(),
    },
  })
  if (!unplaced) await postEntries(deps, tx, booksOf(order, payment), [refundOwed(refund)])
  await completeRefund(deps, tx, order, refund)
  const [last] = displaced
  const rest = last ? room - promised : 0n
  if (last && rest > 0n) {
    // The part of it that is still owed is asked for anew, under a key of its own.
    const { cause, reason, status } = last
    await openRefund(deps, tx, order, payment, {
      cause,
      amountMinor: rest,
      reason,
      byHand: status === 'MANUAL',
    })
  }
  if (unplaced || order.status === 'REFUNDED') return
  const more = amountMinor + rest - sumOf(displaced)
  await refundUnits(deps, tx, order, { amountMinor: more, units: new Map(), restocked: new Set() })
}
