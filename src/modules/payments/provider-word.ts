// What the provider says of a payment, in a notification or when asked: docs/midtrans-contract.md.
import { z } from 'zod'
import { type Money, money, parseDecimal } from '../../platform/money.ts'
import { meaningOf } from './midtrans-statuses.ts'

const Refund = z.object({
  refund_amount: z.string(),
  refund_key: z.string().min(1).max(100).nullish(),
  refund_chargeback_id: z.union([z.string().min(1).max(100), z.number()]).nullish(),
  bank_confirmed_at: z.string().nullish(),
})

const ExtraInfo = z.object({
  gross_amount_info: z.object({
    original_amount: z.coerce.string().max(20),
    gross_amount: z.coerce.string().max(20),
    customer_imposed_payment_fee: z.coerce.string().max(20),
  }),
})

export const WORD = {
  order_id: z.string().min(1).max(64),
  status_code: z.string().regex(/^\d{3}$/),
  // Kept as text: the signature covers exactly these characters.
  gross_amount: z.string().regex(/^\d{1,16}(\.\d{1,2})?$/),
  // A word that we do not know is kept and reported; only what is no word at all is refused.
  transaction_status: z.string().regex(/^[\w .-]{1,64}$/),
  transaction_id: z.string().max(100).nullish(),
  fraud_status: z.string().max(40).nullish(),
  // A list in another form must not hide that money went back.
  refunds: z.array(Refund).max(500).nullish().catch(null),
  metadata: z.object({ extra_info: ExtraInfo }).nullish().catch(null),
  extra_info: z.nullish(ExtraInfo).catch(null),
}

const Word = z.object(WORD)

export type ProviderWord = z.infer<typeof Word>

/** What was said, and its bytes. */
export interface Said {
  readonly word: ProviderWord
  readonly body: string
}

/**
 * Whether an answer to a question about this order_id is about it. For some methods Midtrans puts its own transaction id in the
 * place of order_id; we asked, so we know.
 */
export const isAnswerFor = (
  orderId: string,
  answer: { readonly order_id: string; readonly transaction_id?: string | null | undefined },
): boolean => answer.order_id === orderId || answer.order_id === answer.transaction_id

export const parseWord = (body: unknown): ProviderWord | null => Word.safeParse(body).data ?? null

/**
 * OURS: what was to be paid. WITH_FEE: that, and a fee which the provider says it has added for itself. OTHER: neither. The sum is
 * signed and never below ours, so nobody gains by making a fee up.
 */
export function amountIn(word: ProviderWord, captured: Money): 'OURS' | 'WITH_FEE' | 'OTHER' {
  const minorOf = (text: string) => parseDecimal(text, captured.currencyCode)
  const gross = minorOf(word.gross_amount)
  if (gross === captured.minor) return 'OURS'
  const info = (word.metadata?.extra_info ?? word.extra_info)?.gross_amount_info
  if (!info || gross === null) return 'OTHER'
  const fee = minorOf(info.customer_imposed_payment_fee)
  const isFee =
    minorOf(info.original_amount) === captured.minor &&
    minorOf(info.gross_amount) === gross &&
    fee !== null &&
    fee > 0n &&
    captured.minor + fee === gross
  return isFee ? 'WITH_FEE' : 'OTHER'
}

export interface ProviderRefund {
  readonly refundKey: string
  readonly amount: Money
}

/**
 * What went back, each under a key that is the same whenever it is said again; null when that cannot be told. A refund
 * that the bank has not confirmed yet is left out: it is said once more when it is.
 */
export function refundsIn(word: ProviderWord, captured: Money): ProviderRefund[] | null {
  const meaning = meaningOf(word)
  if (!word.refunds || word.refunds.length === 0) {
    // All of it, and nobody says how: the word itself is the key.
    const all = word.transaction_status === 'refund' || word.transaction_status === 'chargeback'
    return all ? [{ refundKey: word.transaction_status, amount: captured }] : null
  }
  const refunds: ProviderRefund[] = []
  for (const one of word.refunds) {
    const minor = parseDecimal(one.refund_amount, captured.currencyCode)
    const refundKey = one.refund_key ?? (one.refund_chargeback_id && `provider-${one.refund_chargeback_id}`)
    if (minor === null || minor <= 0n || !refundKey) return null
    if (meaning === 'CHARGEBACK' || one.bank_confirmed_at)
      refunds.push({ refundKey, amount: money(minor, captured.currencyCode) })
  }
  return refunds
}
