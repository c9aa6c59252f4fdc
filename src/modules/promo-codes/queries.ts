import type { PromoCode } from '../../generated/prisma/client.ts'
import type { Caller } from '../../platform/caller.ts'
import type { Deps } from '../../platform/deps.ts'
import { parseId } from '../../platform/ids.ts'
import { type Connection, type PageArgs, paginate } from '../../platform/pagination.ts'
import type { Prisma } from '../../platform/prisma.ts'
import type { Given } from '../organizers/input-check.ts'
import { organizerFor } from '../organizers/permissions.ts'

/** One page of an organizer's promo codes, the newest first, for its staff. Throws what organizerFor throws. */
export async function listPromoCodes(
  deps: Pick<Deps, 'prisma'>,
  caller: Caller,
  {
    organizerId: organizer,
    eventId: event,
    ...args
  }: PageArgs & { organizerId: string; eventId?: Given<string> },
  query: Pick<Prisma.PromoCodeFindManyArgs, 'include' | 'select'>,
): Promise<Connection<PromoCode>> {
  const organizerId = organizerFor(caller, organizer, 'event.write')
  const eventId = event == null ? null : parseId(event)
  const scope = { organizerId, eventId: eventId ?? undefined }
  return paginate<PromoCode>(
    args,
    { name: 'created', column: 'createdAt', direction: 'desc', kind: 'date' },
    async ({ where, ...page }) =>
      event != null && !eventId
        ? []
        : deps.prisma.promoCode.findMany({ ...query, ...page, where: { AND: [scope, where] } }),
  )
}
