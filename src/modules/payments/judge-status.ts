import type { NotificationSource, PaymentMethod, PaymentStatus } from '../../generated/prisma/enums.ts'
import { money } from '../../platform/money.ts'
import { type Meaning, meaningOf } from './midtrans-statuses.ts'
import { amountIn, type ProviderWord } from './provider-word.ts'

/** Why a status is not believed as it is. */
export type Doubt = 'undocumented' | 'wrong_amount' | 'other_transaction'

export type Verdict =
  /** It has its effect. */
  | { readonly kind: 'believe'; readonly meaning: Meaning }
  /** It is kept, and has its effect when the provider, asked, says the same. */
  | { readonly kind: 'confirm'; readonly doubt: Doubt | null }
  /** It is kept and has none: a person decides. */
  | { readonly kind: 'keep'; readonly outcome: Doubt | 'challenged' | 'unknown_status' }

interface Judged {
  readonly id: string
  readonly status: PaymentStatus
  readonly method: PaymentMethod
  readonly transactionId: string | null
  readonly amountMinor: bigint
  readonly currencyCode: string
}

/**
 * The one place that decides which of the provider's words are believed: 0009.
 *
 * A notification is signed in order_id, status_code and gross_amount; whoever has one can change all else. So it has an effect by
 * itself where it costs nobody money (a payment that has none waits, fails or expires), and where it is the documented settlement
 * of an open payment in our amount: nearly all. Whatever else brings money, takes it back, or does not fit together is
 * asked for. An answer that we asked for is believed, but for what it does not document.
 */
export function judgeStatus(payment: Judged, word: ProviderWord, source: NotificationSource): Verdict {
  const meaning = meaningOf(word)
  if (meaning === 'UNKNOWN') return { kind: 'keep', outcome: 'unknown_status' }
  if (meaning === 'CHALLENGE') return { kind: 'keep', outcome: 'challenged' }
  const doubt = doubtOf(payment, word, meaning)
  if (source === 'WEBHOOK')
    return doubt || meaning === 'UNDOCUMENTED' || costs(payment.status, meaning)
      ? { kind: 'confirm', doubt }
      : { kind: 'believe', meaning }
  if (meaning === 'UNDOCUMENTED') return { kind: 'keep', outcome: 'undocumented' }
  // Money is believed under any id that the provider gives it; to take tickets away it has to be the one that paid.
  const counts = doubt !== 'other_transaction' || (meaning === 'FAILED' && hasMoney(payment.status))
  return doubt && counts ? { kind: 'keep', outcome: doubt } : { kind: 'believe', meaning }
}

const hasMoney = (status: PaymentStatus): boolean => status === 'SETTLED' || status === 'PARTIALLY_REFUNDED'

/** Whether it would move money, or tickets that were paid, on nothing but the signed code. */
function costs(status: PaymentStatus, meaning: Meaning): boolean {
  if (meaning === 'SETTLED') return status === 'FAILED'
  if (meaning === 'REFUND' || meaning === 'CHARGEBACK') return status !== 'REFUNDED'
  return meaning === 'FAILED' && hasMoney(status)
}

function doubtOf(payment: Judged, word: ProviderWord, meaning: Meaning | 'UNDOCUMENTED'): Doubt | null {
  if (meaning === 'UNDOCUMENTED') return 'undocumented'
  if (amountIn(word, money(payment.amountMinor, payment.currencyCode)) === 'OTHER') return 'wrong_amount'
  // What Snap gave us is the id of its page; each attempt on it has one of its own.
  const known = payment.method === 'SNAP' ? null : payment.transactionId
  return known && word.transaction_id && word.transaction_id !== known ? 'other_transaction' : null
}
