import type { FulfilmentStatus, OrderStatus } from '../../generated/prisma/enums.ts'

/**
 * Every transition there is. Packing may be skipped: a booth hands goods out from the shelf. What has left the house stays
 * so; goods that come back are a refund's matter.
 */
const next: Readonly<Record<FulfilmentStatus, readonly FulfilmentStatus[]>> = {
  UNFULFILLED: ['PACKED', 'HANDED_OVER', 'SHIPPED'],
  PACKED: ['HANDED_OVER', 'SHIPPED'],
  HANDED_OVER: [],
  SHIPPED: [],
}

export const canBecome = (from: FulfilmentStatus, to: FulfilmentStatus): boolean => next[from].includes(to)

/** Whether goods are still to leave the house. */
export const isOpen = (status: FulfilmentStatus): boolean => next[status].length > 0

/** Nothing leaves the house for money that is not there, or not any more. */
export const PAID_STATUSES = ['PAID', 'PARTIALLY_REFUNDED'] as const satisfies OrderStatus[]

export const isPaid = (status: OrderStatus): boolean => PAID_STATUSES.some((paid) => paid === status)
