import { stockTag } from '../events/cache-tags.ts'
import type { Stock } from '../holds/stock-rows.ts'
import { itemStockTag } from '../merchandise/cache-tags.ts'
import type { OrderView } from './queries.ts'

/** The tags of what new orders took the last unit of; `stock` is what they left. */
export function soldOutTags({ categories, variants }: Stock, orders: readonly OrderView[]): string[] {
  const lines = orders.flatMap((order) => order.lines)
  const tags = lines.flatMap(({ ticketCategoryId, variantId }) => {
    const category = ticketCategoryId && categories.get(ticketCategoryId)
    if (category && category.remaining === 0) return [stockTag(category.eventId)]
    const variant = variantId && variants.get(variantId)
    if (!variant || variant.remaining > 0) return []
    return [itemStockTag(variant.merchandiseId), ...(variant.eventId ? [stockTag(variant.eventId)] : [])]
  })
  return [...new Set(tags)]
}
