import type { Prisma } from '../../platform/prisma.ts'
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
