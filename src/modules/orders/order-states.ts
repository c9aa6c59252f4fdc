import type { OrderStatus } from '../../generated/prisma/enums.ts'

/**
 * Every transition there is. EXPIRED → PAID is the late payment whose stock was still there; PAID → REFUNDED without
 * PARTIALLY_REFUNDED is a refund of everything, or a bank that took the money back.
 */
const next: Readonly<Record<OrderStatus, readonly OrderStatus[]>> = {
  PENDING_PAYMENT: ['PAID', 'EXPIRED', 'CANCELLED'],
  PAID: ['PARTIALLY_REFUNDED', 'REFUNDED'],
  PARTIALLY_REFUNDED: ['REFUNDED'],
  EXPIRED: ['PAID'],
  CANCELLED: [],
  REFUNDED: [],
}

export const canBecome = (from: OrderStatus, to: OrderStatus): boolean => next[from].includes(to)
