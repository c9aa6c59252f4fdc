import { type Caller, requireAccount } from '../../platform/caller.ts'
import type { Deps } from '../../platform/deps.ts'
import { serializable } from '../../platform/serializable.ts'
import { audit, changedFields } from '../organizers/audit.ts'
import { checkCategories, promoCodeFor } from './promo-code-for.ts'
import { type PromoCodeFields, type PromoCodeValues, readPromoCode } from './promo-code-input.ts'

export type UpdatePromoCodeInput = PromoCodeFields & { readonly id: string }

/**
 * Changes what the input names and gives the id. Orders keep what they were given. Throws ValidationFailed, NotFound and
 * Forbidden.
 */
export async function updatePromoCode(
  deps: Deps,
  caller: Caller,
  input: UpdatePromoCodeInput,
): Promise<string> {
  const { accountId: actorId } = requireAccount(caller)
  return serializable(deps, 'updatePromoCode', async (tx) => {
    const { categories, ...promo } = await promoCodeFor(tx, caller, input.id)
    const before: PromoCodeValues = {
      percentage: promo.percentage,
      amountMinor: promo.amountMinor,
      ticketCategoryIds: categories.map(({ ticketCategoryId }) => ticketCategoryId).sort(),
      maxUses: promo.maxUses,
      maxPerBuyer: promo.maxPerBuyer,
      startsAt: promo.startsAt,
      endsAt: promo.endsAt,
    }
    const changes = changedFields(before, readPromoCode(input, before, promo))
    if (Object.keys(changes).length === 0) return promo.id
    const { ticketCategoryIds, ...fields } = changes
    await tx.promoCode.update({ where: { id: promo.id }, data: fields })
    if (ticketCategoryIds) {
      await checkCategories(tx, promo, ticketCategoryIds)
      await tx.promoCodeCategory.deleteMany({ where: { promoCodeId: promo.id } })
      await tx.promoCodeCategory.createMany({
        data: ticketCategoryIds.map((ticketCategoryId) => ({ promoCodeId: promo.id, ticketCategoryId })),
      })
    }
    await audit(deps, tx, {
      organizerId: promo.organizerId,
      actorId,
      action: 'promo_code.update',
      targetType: 'PromoCode',
      targetId: promo.id,
      data: changes,
    })
    return promo.id
  })
}
