import type { Prisma, Tx } from '../../platform/prisma.ts'
import type { Books } from '../ledger/post-entries.ts'

export type RefundRow = Prisma.RefundGetPayload<object>
export type PaymentRow = Prisma.PaymentGetPayload<object>

/** Whose money it is. */
export interface OrderBooks {
  readonly id: string
  readonly organizerId: string
  readonly eventId: string | null
}

export const booksOf = (
  { organizerId, eventId }: OrderBooks,
  { id: paymentId, currencyCode }: { id: string; currencyCode: string },
): Books => ({ organizerId, eventId, paymentId, currencyCode })

/** A payment that arrived, and what of it is not given back or promised: also what the provider refused is owed. */
export interface PaymentLeft {
  readonly payment: PaymentRow
  readonly leftMinor: bigint
}

export async function paymentsOf(tx: Tx, orderId: string): Promise<PaymentLeft[]> {
  const payments = await tx.payment.findMany({
    where: { orderId, status: { in: ['SETTLED', 'PARTIALLY_REFUNDED'] } },
    include: { refunds: { where: { status: { not: 'CANCELLED' } }, select: { amountMinor: true } } },
  })
  return payments.map(({ refunds, ...payment }) => ({
    payment,
    leftMinor: refunds.reduce((left, { amountMinor }) => left - amountMinor, payment.amountMinor),
  }))
}
