import type { PaymentStatus } from '../../generated/prisma/enums.ts'

/**
 * Every transition a notification can cause. Money that arrives beats a deadline (EXPIRED → SETTLED), and a provider
 * that takes money back has the last word (SETTLED → FAILED, never the reverse), so the end is the same in any order of
 * arrival.
 */
const next: Readonly<Record<PaymentStatus, readonly PaymentStatus[]>> = {
  PENDING: ['EXPIRED', 'SETTLED', 'FAILED'],
  EXPIRED: ['SETTLED', 'FAILED'],
  SETTLED: ['FAILED', 'REFUNDED', 'PARTIALLY_REFUNDED'],
  PARTIALLY_REFUNDED: ['REFUNDED'],
  FAILED: [],
  REFUNDED: [],
}

export const canBecome = (from: PaymentStatus, to: PaymentStatus): boolean => next[from].includes(to)
