import type { PaymentStatus } from '../../generated/prisma/enums.ts'

/**
 * Every transition that the provider's word can cause. Money that arrives beats a deadline (EXPIRED → SETTLED) and a failure
 * (FAILED → SETTLED: it was paid in another attempt). A provider that takes money back makes it FAILED. These two go both ways,
 * so which of them holds is never told by what arrived last: judge-status.ts has the provider asked.
 */
const next: Readonly<Record<PaymentStatus, readonly PaymentStatus[]>> = {
  PENDING: ['EXPIRED', 'SETTLED', 'FAILED'],
  EXPIRED: ['SETTLED', 'FAILED'],
  SETTLED: ['FAILED', 'REFUNDED', 'PARTIALLY_REFUNDED'],
  PARTIALLY_REFUNDED: ['REFUNDED'],
  FAILED: ['SETTLED'],
  REFUNDED: [],
}

export const canBecome = (from: PaymentStatus, to: PaymentStatus): boolean => next[from].includes(to)
