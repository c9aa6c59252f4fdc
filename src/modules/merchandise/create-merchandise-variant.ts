import { type Caller, requireAccount } from '../../platform/caller.ts'
import type { Deps } from '../../platform/deps.ts'
import { invalid } from '../../platform/errors.ts'
import { newId } from '../../platform/ids.ts'
import { serializable } from '../../platform/serializable.ts'
import { audit } from '../organizers/audit.ts'
import { type Given, readCurrency } from '../organizers/input-check.ts'
import { itemChanged } from './cache-tags.ts'
import { SkuTaken } from './errors.ts'
import { merchandiseFor } from './merchandise-for.ts'
import { refreshMinPrice } from './min-price.ts'
import { blankVariant, readVariant, type VariantFields } from './variant-input.ts'

export type CreateMerchandiseVariantInput = VariantFields & {
  readonly merchandiseId: string
  readonly currencyCode?: Given<string>
}

// Variants are read with their item, as a whole.
const MAX_VARIANTS = 100

/** Adds a variant to an item and gives its id. Throws ValidationFailed, SkuTaken, and what merchandiseFor throws. */
export async function createMerchandiseVariant(
  deps: Deps,
  caller: Caller,
  input: CreateMerchandiseVariantInput,
): Promise<string> {
  const { accountId: actorId } = requireAccount(caller)
  const id = newId()
  return serializable(deps, 'createMerchandiseVariant', async (tx) => {
    const item = await merchandiseFor(tx, caller, input.merchandiseId, 'merchandise.write')
    const merchandiseId = item.id
    const currencyCode = readCurrency(input.currencyCode)
    const values = readVariant(input, blankVariant, { currencyCode, sold: 0 })
    const siblings = await tx.merchandiseVariant.findMany({
      where: { merchandiseId },
      select: { currencyCode: true },
    })
    if (siblings.length >= MAX_VARIANTS) {
      throw invalid(['input', 'merchandiseId'], `An item has at most ${MAX_VARIANTS} variants.`)
    }
    // minPriceMinor compares the variants, so they are priced alike.
    if (siblings.some((sibling) => sibling.currencyCode !== currencyCode)) {
      throw invalid(['input', 'currencyCode'], 'The other variants of this item have another currency.')
    }
    const holder = await tx.merchandiseVariant.findUnique({
      where: { sku: values.sku },
      select: { id: true },
    })
    if (holder) throw new SkuTaken()
    const data = { ...values, currencyCode, merchandiseId }
    await tx.merchandiseVariant.create({ data: { ...data, id, remaining: values.stock } })
    await refreshMinPrice(tx, merchandiseId)
    await itemChanged(deps, tx, item)
    await audit(deps, tx, {
      organizerId: item.organizerId,
      actorId,
      action: 'merchandise_variant.create',
      targetType: 'MerchandiseVariant',
      targetId: id,
      data,
    })
    return id
  })
}
