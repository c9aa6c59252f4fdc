import { addSeconds } from '../../platform/clock.ts'
import type { Deps } from '../../platform/deps.ts'
import type { Prisma } from '../../platform/prisma.ts'
import type { Applied } from './apply-word.ts'
import {
  ASKED_AGAIN,
  BEFORE_DEADLINE_SECONDS,
  endsAt,
  noChargeAfter,
  REVERSED_WITHIN_SECONDS,
  REVERSIBLE,
} from './check-times.ts'
import { meaningOf } from './midtrans-statuses.ts'
import type { ProviderWord } from './provider-word.ts'

type PaymentRow = Prisma.PaymentGetPayload<object>

/** Whether money may still come of it. On a Snap page one attempt that failed or expired is not the end. */
export const isOpen = ({ status, method, settledAt }: PaymentRow): boolean =>
  status === 'PENDING' ||
  (method === 'SNAP' && settledAt === null && (status === 'FAILED' || status === 'EXPIRED'))

export interface Answered {
  readonly applied: Applied
  readonly word: ProviderWord
  /** The order still waits for its payment. */
  readonly waits: boolean
}

/** Says when a payment is asked for next, after an answer. `payment`: as it was before. */
export async function planNextCheck(deps: Deps, payment: PaymentRow, answered: Answered): Promise<void> {
  const { status } = payment
  const { applied } = answered
  // Whoever found it so has said when.
  if (applied === 'unconfirmed') return
  const isConfirmed = applied === 'applied' || explains(payment, answered.word)
  const says = answered.word.transaction_status
  if (payment.unconfirmedStatus !== null && !isConfirmed && !givesUpConfirming(deps, payment, says)) return
  const rests = applied !== 'applied' || status === 'SETTLED' || status === 'PARTIALLY_REFUNDED'
  await putNext(deps, payment, rests ? nextTime(payment, answered, deps.clock.now()) : undefined)
}

/**
 * Notes that nothing is left to be confirmed, and when it is asked for next; undefined: as it was planned. Does nothing where somebody
 * else has said when since it was read: they know of something newer.
 */
export async function putNext(deps: Deps, payment: PaymentRow, at: Date | null | undefined): Promise<void> {
  await deps.prisma.payment.updateMany({
    where: { id: payment.id, nextCheckAt: payment.nextCheckAt, checks: payment.checks },
    data: { unconfirmedStatus: null, ...(at === undefined ? {} : { nextCheckAt: at }) },
  })
}

/** Undefined: as it was planned when it was taken up. */
function nextTime(payment: PaymentRow, { applied, waits }: Answered, now: Date): Date | null | undefined {
  const { status, method, settledAt, expiresAt } = payment
  if (status === 'SETTLED' || status === 'PARTIALLY_REFUNDED') {
    const mayReverse = REVERSIBLE.some((one) => one === method) && settledAt
    const until = mayReverse ? addSeconds(settledAt, REVERSED_WITHIN_SECONDS) : now
    return until > now ? until : null
  }
  if (status !== 'PENDING') {
    const page = noChargeAfter(expiresAt, method)
    const over = endsAt(expiresAt)
    return isOpen(payment) && now < page ? (now < over ? over : page) : null
  }
  if (!waits || applied !== 'unchanged') return undefined
  const before = addSeconds(expiresAt, -BEFORE_DEADLINE_SECONDS)
  return now < before ? before : endsAt(expiresAt)
}

/**
 * Whether the provider is asked no more for what it has told and does not say when asked: after some times that is for a person to
 * look at. `says`: what it says instead; null: it knows of no charge.
 */
export function givesUpConfirming(deps: Deps, payment: PaymentRow, says: string | null): boolean {
  const { id, unconfirmedStatus: told, checks } = payment
  if (checks < ASKED_AGAIN) return false
  const about = { alarm: true, paymentId: id, told, says }
  deps.log.error(about, 'the provider does not confirm what it has told of a payment')
  return true
}

/** Told late: a settlement that was taken back meanwhile, or an attempt that failed beside the one that paid. */
function explains({ unconfirmedStatus, method }: PaymentRow, word: ProviderWord): boolean {
  const says = meaningOf(word)
  if (unconfirmedStatus === 'settlement' || unconfirmedStatus === 'capture')
    return says === 'FAILED' || says === 'REFUND' || says === 'CHARGEBACK'
  return method === 'SNAP' && says === 'SETTLED' && !/refund|chargeback/.test(unconfirmedStatus ?? '')
}
