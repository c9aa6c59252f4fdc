import type { PromoCode } from '../../generated/prisma/client.ts'

/** Whether the code has not begun or is over; null while it can be used. It begins with startsAt and ends with endsAt. */
export function outsideOf({ startsAt, endsAt }: Pick<PromoCode, 'startsAt' | 'endsAt'>, now: Date) {
  if (startsAt && now < startsAt) return 'NOT_STARTED'
  return endsAt && now >= endsAt ? 'ENDED' : null
}
