// Which amounts move between which accounts, and what each is called. Every one has a debit and a credit, so that the
// books of an organizer sum to zero by their form.
import type { LedgerAccount, PaymentMethod } from '../../generated/prisma/enums.ts'
import { feeOf } from './provider-fees.ts'

/**
 * CASH_AT_PROVIDER: what the provider holds for the organizer. CASH_BY_HAND: what staff paid from elsewhere.
 * SALES: what orders were paid with. REFUNDS: what of it was given up again. REFUNDS_PAYABLE: what buyers are owed until it
 * is there. PROVIDER_FEES: what the provider keeps.
 */
export interface Entry {
  /** Unique: the same cause is booked once. */
  readonly cause: string
  readonly debit: LedgerAccount
  readonly credit: LedgerAccount
  readonly amountMinor: bigint
}

interface Amount {
  readonly id: string
  readonly amountMinor: bigint
}

interface Capture extends Amount {
  readonly method: PaymentMethod
  readonly currencyCode: string
}

/** Money arrived, and the provider keeps its fee. Money that pays for no order is owed back at once. */
export function captured(payment: Capture, paysForOrder: boolean): Entry[] {
  const fee = feeOf(payment)
  const { id, amountMinor } = payment
  const capture: Entry = {
    cause: `capture:${id}`,
    debit: 'CASH_AT_PROVIDER',
    credit: paysForOrder ? 'SALES' : 'REFUNDS_PAYABLE',
    amountMinor,
  }
  if (fee === 0n) return [capture]
  return [
    capture,
    { cause: `fee:${id}`, debit: 'PROVIDER_FEES', credit: 'CASH_AT_PROVIDER', amountMinor: fee },
  ]
}

/** A part of what paid for an order is to go back. */
export const refundOwed = ({ id, amountMinor }: Amount): Entry => ({
  cause: `refund:${id}`,
  debit: 'REFUNDS',
  credit: 'REFUNDS_PAYABLE',
  amountMinor,
})

/** A refund has gone out. */
export const refundPaid = ({ id, amountMinor }: Amount, byHand: boolean): Entry => ({
  cause: `refund-paid:${id}`,
  debit: 'REFUNDS_PAYABLE',
  credit: byHand ? 'CASH_BY_HAND' : 'CASH_AT_PROVIDER',
  amountMinor,
})

/** A refund that was owed is owed no longer. */
export const refundCancelled = ({ id, amountMinor }: Amount): Entry => ({
  cause: `refund-cancelled:${id}`,
  debit: 'REFUNDS_PAYABLE',
  credit: 'REFUNDS',
  amountMinor,
})

/** The bank took back money that paid for no order, before we had given it back. `time`: 1 for the first. */
export const reversed = ({ id, amountMinor }: Amount, time: number): Entry => ({
  cause: nth(`reversal:${id}`, time),
  debit: 'REFUNDS_PAYABLE',
  credit: 'CASH_AT_PROVIDER',
  amountMinor,
})

/** Money that the bank had taken back has come again, and is owed to the buyer. `time`: 1 for the first. */
export const recaptured = ({ id, amountMinor }: Amount, time: number): Entry => ({
  cause: nth(`recapture:${id}`, time),
  debit: 'CASH_AT_PROVIDER',
  credit: 'REFUNDS_PAYABLE',
  amountMinor,
})

/** The first is called as it always was. */
const nth = (cause: string, time: number): string => (time === 1 ? cause : `${cause}:${time}`)
