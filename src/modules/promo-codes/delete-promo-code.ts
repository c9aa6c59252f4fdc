import { type Caller, requireAccount } from '../../platform/caller.ts'
import type { Deps } from '../../platform/deps.ts'
import { serializable } from '../../platform/serializable.ts'
import { audit } from '../organizers/audit.ts'
import { PromoCodeUsed } from './errors.ts'
import { promoCodeFor } from './promo-code-for.ts'

/** What was deleted. */
export interface DeletedPromoCode {
  readonly id: string
  readonly code: string
}

/**
 * Removes a code that no order was ever placed with; also an order that has expired counts, for it can be paid late. Throws
 * PromoCodeUsed, NotFound and Forbidden.
 */
export async function deletePromoCode(
  deps: Deps,
  caller: Caller,
  promoCodeId: string,
): Promise<DeletedPromoCode> {
  const { accountId: actorId } = requireAccount(caller)
  return serializable(deps, 'deletePromoCode', async (tx) => {
    const { id, code, organizerId } = await promoCodeFor(tx, caller, promoCodeId)
    const redemption = await tx.promoRedemption.findFirst({
      where: { promoCodeId: id },
      select: { orderId: true },
    })
    if (redemption) throw new PromoCodeUsed()
    await tx.promoCode.delete({ where: { id } })
    await audit(deps, tx, {
      organizerId,
      actorId,
      action: 'promo_code.delete',
      targetType: 'PromoCode',
      targetId: id,
      data: { code },
    })
    return { id, code }
  })
}
