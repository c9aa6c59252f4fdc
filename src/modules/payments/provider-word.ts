// What the provider says of a payment, in a notification or when asked: docs/midtrans-contract.md.
import { z } from 'zod'
import { type Money, money, parseDecimal } from '../../platform/money.ts'

const Refund = z.object({
  refund_amount: z.string(),
  refund_key: z.string().min(1).max(100).nullish(),
  refund_chargeback_id: z.union([z.string().min(1).max(100), z.number()]).nullish(),
  bank_confirmed_at: z.string().nullish(),
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
}

const Word = z.object(WORD)

export type ProviderWord = z.infer<typeof Word>

/** What was said, and its bytes. */
export interface Said {
  readonly word: ProviderWord
  readonly body: string
}

export const parseWord = (body: unknown): ProviderWord | null => Word.safeParse(body).data ?? null

/** REFUND and CHARGEBACK: money went back. CHALLENGE: a person at the provider decides. UNKNOWN: not in its documentation. */
export type Meaning =
  | 'PENDING'
  | 'SETTLED'
  | 'FAILED'
  | 'EXPIRED'
  | 'REFUND'
  | 'CHARGEBACK'
  | 'CHALLENGE'
  | 'UNKNOWN'

const MEANINGS: ReadonlyMap<string, Meaning> = new Map([
  ['authorize', 'PENDING'],
  ['pending', 'PENDING'],
  ['settlement', 'SETTLED'],
  ['deny', 'FAILED'],
  ['cancel', 'FAILED'],
  ['failure', 'FAILED'],
  ['expire', 'EXPIRED'],
  ['refund', 'REFUND'],
  ['partial_refund', 'REFUND'],
  ['chargeback', 'CHARGEBACK'],
  ['partial_chargeback', 'CHARGEBACK'],
])

/** What the provider's words mean for a payment. */
export function meaningOf({ transaction_status, fraud_status, status_code }: ProviderWord): Meaning {
  if (transaction_status !== 'capture') return MEANINGS.get(transaction_status) ?? 'UNKNOWN'
  return fraud_status === 'accept' && status_code === '200' ? 'SETTLED' : 'CHALLENGE'
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
