import type { EventStatus } from '../../generated/prisma/enums.ts'

export type SaleState = 'NOT_YET' | 'OPEN' | 'CLOSED'

/** A sale runs from start until just before end; null leaves that side open. */
export interface SaleTimes {
  readonly salesStartAt: Date | null
  readonly salesEndAt: Date | null
}

export interface SellingEvent extends SaleTimes {
  readonly status: EventStatus
  readonly endsAt: Date
}

/**
 * Whether a ticket category may be sold now. Each side of its window is its own, else the event's; nothing is sold of an
 * event that is not published or is over.
 */
export function saleState(category: SaleTimes, event: SellingEvent, now: Date): SaleState {
  if (event.status !== 'PUBLISHED' || event.endsAt <= now) return 'CLOSED'
  const start = category.salesStartAt ?? event.salesStartAt
  const end = category.salesEndAt ?? event.salesEndAt
  if (end && end <= now) return 'CLOSED'
  return start && now < start ? 'NOT_YET' : 'OPEN'
}

/** The status that readers see: a published event is ended as soon as its time is over. */
export const shownStatus = (event: { status: EventStatus; endsAt: Date }, now: Date): EventStatus =>
  event.status === 'PUBLISHED' && event.endsAt <= now ? 'ENDED' : event.status
