import { type Caller, requireAccount } from '../../platform/caller.ts'
import type { Deps } from '../../platform/deps.ts'
import { NotFound } from '../../platform/errors.ts'
import { parseId } from '../../platform/ids.ts'
import { serializable } from '../../platform/serializable.ts'
import { audit, changedFields } from '../organizers/audit.ts'
import { requirePermission } from '../organizers/permissions.ts'
import { itemChanged } from './cache-tags.ts'
import { SkuTaken } from './errors.ts'
import { refreshMinPrice } from './min-price.ts'
import { readVariant, type VariantFields, type VariantValues } from './variant-input.ts'

export type UpdateMerchandiseVariantInput = VariantFields & { readonly id: string }

/**
 * Changes what the input names and gives the id. Another stock moves what remains by as much. Throws ValidationFailed,
 * SkuTaken, NotFound and Forbidden.
 */
export async function updateMerchandiseVariant(
  deps: Deps,
  caller: Caller,
  input: UpdateMerchandiseVariantInput,
): Promise<string> {
  const { accountId: actorId } = requireAccount(caller)
  const id = parseId(input.id)
  if (!id) throw new NotFound('Merchandise variant')
  return serializable(deps, 'updateMerchandiseVariant', async (tx) => {
    const variant = await tx.merchandiseVariant.findUnique({
      where: { id },
      include: { merchandise: { select: { id: true, eventId: true, published: true, organizerId: true } } },
    })
    if (!variant) throw new NotFound('Merchandise variant')
    const { organizerId } = variant.merchandise
    requirePermission(caller, organizerId, 'merchandise.write', 'Merchandise variant')
    const { currencyCode, stock, remaining } = variant
    const values = readVariant(input, variant, { currencyCode, sold: stock - remaining })
    const changes = changedFields<VariantValues>(variant, values)
    if (Object.keys(changes).length === 0) return id
    if (changes.sku !== undefined) {
      const holder = await tx.merchandiseVariant.findUnique({
        where: { sku: changes.sku },
        select: { id: true },
      })
      if (holder) throw new SkuTaken()
    }
    await tx.merchandiseVariant.update({
      where: { id },
      data: { ...changes, remaining: { increment: values.stock - stock } },
    })
    if (changes.priceMinor !== undefined) await refreshMinPrice(tx, variant.merchandiseId)
    await itemChanged(deps, tx, variant.merchandise)
    await audit(deps, tx, {
      organizerId,
      actorId,
      action: 'merchandise_variant.update',
      targetType: 'MerchandiseVariant',
      targetId: id,
      data: changes,
    })
    return id
  })
}
