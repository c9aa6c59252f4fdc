import type { CacheTags } from '../../platform/cache-hint.ts'
import type { Deps } from '../../platform/deps.ts'
import type { Tx } from '../../platform/prisma.ts'
import { changed } from '../../platform/public-changes.ts'
import { tagsOfEvent } from '../events/cache-tags.ts'

/** On every list of merchandise. */
export const MERCHANDISE = 'merchandise'

/** What is left of one item. */
export const itemStockTag = (merchandiseId: string): string => `stock-merch-${merchandiseId}`

export const merchandiseTags: CacheTags = {
  one: (id) => `merch-${id}`,
  all: MERCHANDISE,
  stock: itemStockTag,
}

/** The answers that are old once the public sees an item otherwise; its event shows it too. */
export const tagsOfItem = (item: { id: string; eventId: string | null }): string[] => [
  MERCHANDISE,
  merchandiseTags.one(item.id),
  itemStockTag(item.id),
  ...(item.eventId ? tagsOfEvent(item.eventId) : []),
]

/** Notes in the transaction of a change that answers with this item are old. Nobody has any of one that is not public. */
export async function itemChanged(
  deps: Pick<Deps, 'clock'>,
  tx: Tx,
  item: { readonly id: string; readonly eventId: string | null; readonly published: boolean },
): Promise<void> {
  if (item.published) await changed(deps, tx, tagsOfItem(item))
}
