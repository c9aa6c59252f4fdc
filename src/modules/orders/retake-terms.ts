import type { Tx } from '../../platform/prisma.ts'
import type { Stock } from '../holds/stock-rows.ts'
import { BuyerCounts } from './buyer-counts.ts'
import { askingIdentitiesOf } from './buyer-keys.ts'
import { limitedOf } from './buyer-terms.ts'
import { countUnits, thingsOf } from './count-buyers.ts'
import { retakeUse } from './promo-uses.ts'
import type { LockedOrder } from './queries.ts'

/**
 * Whether the buyer of an expired order may have it again; if so the use of its code is taken. Who ordered again since,
 * and then paid the first order as well, would else have more than one may.
 */
export async function retakeTerms(tx: Tx, stock: Stock, order: LockedOrder): Promise<boolean> {
  const limited = limitedOf(stock)
  const anyLimit = Object.values(limited).some((ids) => ids.length > 0)
  const counts = anyLimit
    ? await countUnits(tx, [{ organizerId: order.organizerId, keys: order }], limited)
    : new BuyerCounts()
  const wanted = new Map<string, number>()
  for (const line of order.lines) {
    for (const thing of thingsOf({ ...line, eventId: order.eventId }))
      wanted.set(thing, (wanted.get(thing) ?? 0) + line.quantity)
  }
  const identities = askingIdentitiesOf(order)
  const within = [...wanted].every(([thing, units]) => {
    const limit = limitOf(stock, thing)
    return limit === null || counts.of(identities, thing) + units <= limit
  })
  return within && retakeUse(tx, order, counts)
}

const limitOf = ({ events, categories, variants }: Stock, id: string): number | null =>
  (events.get(id) ?? categories.get(id) ?? variants.get(id))?.maxPerBuyer ?? null
