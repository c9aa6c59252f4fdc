import type { NotificationSource } from '../../generated/prisma/enums.ts'
import type { Deps } from '../../platform/deps.ts'
import { money, toDecimal } from '../../platform/money.ts'
import type { Tx } from '../../platform/prisma.ts'
import { serializable, type TxOptions } from '../../platform/serializable.ts'
import { checkPaymentsSoon } from '../orders/check-payments-soon.ts'
import { lockOrder } from '../orders/queries.ts'
import { lockFreeStock, whenStockIsFree } from '../orders/stock-lane.ts'
import { type Doubt, judgeStatus, type Verdict } from './judge-status.ts'
import { keepWord, storeUnconfirmed } from './keep-word.ts'
import type { KnownPayment } from './known-payment.ts'
import { canBecome } from './payment-states.ts'
import { recordProviderRefund } from './provider-refund.ts'
import { refundsIn, type Said } from './provider-word.ts'
import { recapturePayment } from './recapture-payment.ts'
import { reversePayment } from './reverse-payment.ts'
import { settlePayment } from './settle-payment.ts'
import { settlePlainly } from './settle-plainly.ts'

export type Applied =
  | 'applied'
  | 'unchanged'
  | 'unconfirmed'
  | 'challenged'
  | 'unknown_status'
  | 'unclear_refund'
  | Doubt

/** Said to the buyer's disadvantage or ours, and nobody but a person can decide: `alarm: true` is what to look for. */
const ALARMS: Partial<Record<Applied, string>> = {
  challenged: 'the provider asks for a decision on a payment',
  unknown_status: 'the provider said something of a payment that we do not know',
  unclear_refund: 'the provider gave money back and does not say what',
  wrong_amount: 'the provider speaks of another amount than was to be paid',
  undocumented: 'the provider says what does not go together, and says it again when asked',
  other_transaction: 'the provider takes back another transaction than the one that paid',
}

/**
 * Does what the provider's word means, whether it told us or was asked: the raw words, the transition, tickets and jobs
 * commit in one transaction. Any number of words in any order lead to the same end. What judge-status.ts does not believe is kept,
 * and the payment is due to be asked for: 'unconfirmed'. `payment`: as it was before the provider was asked.
 */
export async function applyWord(
  deps: Deps,
  payment: KnownPayment,
  said: Said,
  source: NotificationSource,
): Promise<Applied> {
  const verdict = judgeStatus(payment, said.word, source)
  const applied = await commit(deps, payment, said, source, verdict)
  const alarmed = verdict.kind === 'confirm' && verdict.doubt === 'wrong_amount' ? 'wrong_amount' : applied
  const alarm = ALARMS[alarmed]
  if (alarm) {
    const { transaction_status: status, gross_amount: amount } = said.word
    const expected = toDecimal(money(payment.amountMinor, payment.currencyCode))
    deps.log.error({ alarm: true, paymentId: payment.id, source, status, amount, expected }, alarm)
  }
  return applied
}

async function commit(
  deps: Deps,
  payment: KnownPayment,
  said: Said,
  source: NotificationSource,
  verdict: Verdict,
): Promise<Applied> {
  if (verdict.kind === 'keep') {
    await keepWord(deps, deps.prisma, payment.id, said, source)
    return verdict.outcome
  }
  const unconfirmed = async (): Promise<'unconfirmed'> => {
    await storeUnconfirmed(deps, payment.id, said, source)
    return 'unconfirmed'
  }
  if (verdict.kind === 'confirm') return unconfirmed()
  try {
    const done =
      verdict.meaning === 'SETTLED' && (await settlePlainly(deps, payment, said, source))
        ? ({ applied: 'applied', settled: true } as const)
        : await commitAny(deps, payment, said, source)
    // Other ways to pay that the buyer had opened are closed at the provider, or somebody pays twice.
    if (done.settled) await checkPaymentsSoon(deps, payment.orderId)
    return done.applied
  } catch (error) {
    if (error instanceof Outdated) return unconfirmed()
    throw error
  }
}

function commitAny(
  deps: Deps,
  payment: KnownPayment,
  said: Said,
  source: NotificationSource,
): Promise<{ applied: Applied; settled: boolean }> {
  const run = (stockIsLocked: boolean, options?: TxOptions) => {
    const once = async (tx: Tx) => {
      if (stockIsLocked) await lockFreeStock(tx, payment.order.lines)
      return apply(deps, tx, payment, said, source, stockIsLocked)
    }
    return serializable(deps, 'applyWord', once, options)
  }
  return run(false).catch((error: unknown) => {
    if (!(error instanceof MovesStock)) throw error
    return whenStockIsFree(deps, payment.order, (options) => run(true, options))
  })
}

/** Rolls back: stock is locked before the order, as by every command, or two of them could deadlock. */
class MovesStock extends Error {}

/** Rolls back: the payment has changed since it was judged or asked for, so that the word may be the older one. */
class Outdated extends Error {}

async function apply(
  deps: Deps,
  tx: Tx,
  known: KnownPayment,
  said: Said,
  source: NotificationSource,
  stockIsLocked: boolean,
): Promise<{ applied: Applied; settled: boolean }> {
  const { id, orderId } = known
  const order = await lockOrder(tx, orderId)
  const payment = await tx.payment.findUnique({ where: { id } })
  if (!order || !payment) throw new Error('A payment or its order is gone.')
  const verdict = judgeStatus(payment, said.word, source)
  if (verdict.kind !== 'believe') throw new Outdated()
  const { meaning } = verdict
  const back = meaning === 'REFUND' || meaning === 'CHARGEBACK'
  // What went back had arrived before, whether or not anybody said so.
  const settled = (meaning === 'SETTLED' || back) && canBecome(payment.status, 'SETTLED')
  const failed = (meaning === 'FAILED' || meaning === 'EXPIRED') && canBecome(payment.status, meaning)
  const reversed = failed && payment.status === 'SETTLED'
  const hasMoney = settled || payment.status === 'SETTLED' || payment.status === 'PARTIALLY_REFUNDED'
  const amount = money(payment.amountMinor, payment.currencyCode)
  // Part of it had gone back already: what the bank takes back is the rest, whatever it calls it.
  const rest = meaning === 'FAILED' && payment.status === 'PARTIALLY_REFUNDED'
  const refunds = rest
    ? [{ refundKey: said.word.transaction_status, amount }]
    : back && hasMoney
      ? refundsIn(said.word, amount)
      : []
  const changes = settled || failed || (refunds?.length ?? 0) > 0
  if (source === 'STATUS' && changes && payment.status !== known.status) throw new Outdated()
  const moves = (settled && order.status === 'EXPIRED') || reversed || (refunds?.length ?? 0) > 0
  if (moves && !stockIsLocked) throw new MovesStock()
  const applied = refunds === null ? 'unclear_refund' : changes ? 'applied' : 'unchanged'
  // Answers that we asked for and that tell nothing new would fill the table.
  if (source === 'WEBHOOK' || applied !== 'unchanged') await keepWord(deps, tx, id, said, source)
  const now = deps.clock.now()
  if (settled) {
    await tx.payment.update({ where: { id }, data: { status: 'SETTLED', settledAt: now } })
    // It had arrived once, and the bank had taken it back.
    if (payment.settledAt) await recapturePayment(deps, tx, order, payment)
    else await settlePayment(deps, tx, order, payment)
  }
  if (failed) await tx.payment.update({ where: { id }, data: { status: meaning } })
  if (reversed) await reversePayment(deps, tx, order, payment)
  for (const refund of refunds ?? []) {
    await recordProviderRefund(tx, deps, { id, orderId }, refund)
  }
  return { applied, settled }
}
