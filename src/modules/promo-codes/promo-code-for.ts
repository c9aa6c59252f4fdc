import { type Caller, requireAccount } from '../../platform/caller.ts'
import { invalid, NotFound } from '../../platform/errors.ts'
import { parseId } from '../../platform/ids.ts'
import type { Tx } from '../../platform/prisma.ts'
import { requirePermission } from '../organizers/permissions.ts'

const include = { categories: { select: { ticketCategoryId: true } } } as const

/**
 * The code that staff want to change. NotFound for an unknown id, a malformed one, and another tenant's code alike; what
 * requirePermission throws for the rest.
 */
export async function promoCodeFor(tx: Tx, caller: Caller, id: string) {
  requireAccount(caller)
  const promoCodeId = parseId(id)
  const promo = promoCodeId && (await tx.promoCode.findUnique({ where: { id: promoCodeId }, include }))
  if (!promo) throw new NotFound('Promo code')
  requirePermission(caller, promo.organizerId, 'event.write', 'Promo code')
  return promo
}

/** Refuses ticket categories that are not of the event or, where the code is for every event, not of the organizer. */
export async function checkCategories(
  tx: Tx,
  { organizerId, eventId }: { organizerId: string; eventId: string | null },
  ids: readonly string[],
): Promise<void> {
  if (ids.length === 0) return
  const known = await tx.ticketCategory.count({
    where: { id: { in: [...ids] }, event: { organizerId, ...(eventId ? { id: eventId } : {}) } },
  })
  if (known !== ids.length) {
    throw invalid(['input', 'ticketCategoryIds'], 'A ticket category is not of this event or organizer.')
  }
}
