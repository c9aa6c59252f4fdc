import type { PromoCodeKind } from '../../generated/prisma/enums.ts'
import { type Caller, requireAccount } from '../../platform/caller.ts'
import type { Deps } from '../../platform/deps.ts'
import { invalid } from '../../platform/errors.ts'
import { newId } from '../../platform/ids.ts'
import { serializable } from '../../platform/serializable.ts'
import { eventFor } from '../events/event-for.ts'
import { audit } from '../organizers/audit.ts'
import { type Given, readCurrency } from '../organizers/input-check.ts'
import { organizerFor } from '../organizers/permissions.ts'
import { parseCode } from './code-form.ts'
import { PromoCodeTaken } from './errors.ts'
import { checkCategories } from './promo-code-for.ts'
import { blankPromoCode, type PromoCodeFields, readPromoCode } from './promo-code-input.ts'

export type CreatePromoCodeInput = PromoCodeFields & {
  readonly organizerId: string
  readonly eventId?: Given<string>
  readonly code: string
  readonly kind: PromoCodeKind
  readonly currencyCode?: Given<string>
}

/** Adds a promo code and gives its id. Throws ValidationFailed, PromoCodeTaken, NotFound and Forbidden. */
export async function createPromoCode(
  deps: Deps,
  caller: Caller,
  input: CreatePromoCodeInput,
): Promise<string> {
  const { accountId: actorId } = requireAccount(caller)
  const organizerId = organizerFor(caller, input.organizerId, 'event.write')
  const code = parseCode(input.code)
  if (!code) throw invalid(['input', 'code'], 'A code has 3 to 32 letters, digits or signs and no spaces.')
  const { kind } = input
  const currencyCode = kind === 'AMOUNT' ? readCurrency(input.currencyCode) : null
  const { ticketCategoryIds, ...values } = readPromoCode(input, blankPromoCode, {
    kind,
    currencyCode,
    used: 0,
  })
  const id = newId()
  return serializable(deps, 'createPromoCode', async (tx) => {
    const event = input.eventId == null ? null : await eventFor(tx, caller, input.eventId, 'event.write')
    if (event && event.organizerId !== organizerId) {
      throw invalid(['input', 'eventId'], 'The event is of another organizer.')
    }
    const eventId = event?.id ?? null
    await checkCategories(tx, { organizerId, eventId }, ticketCategoryIds)
    const holder = await tx.promoCode.findUnique({
      where: { organizerId_code: { organizerId, code } },
      select: { id: true },
    })
    if (holder) throw new PromoCodeTaken()
    const data = { ...values, organizerId, eventId, code, kind, currencyCode }
    await tx.promoCode.create({ data: { ...data, id, createdAt: deps.clock.now() } })
    await tx.promoCodeCategory.createMany({
      data: ticketCategoryIds.map((ticketCategoryId) => ({ promoCodeId: id, ticketCategoryId })),
    })
    await audit(deps, tx, {
      organizerId,
      actorId,
      action: 'promo_code.create',
      targetType: 'PromoCode',
      targetId: id,
      data: { ...data, ticketCategoryIds },
    })
    return id
  })
}
