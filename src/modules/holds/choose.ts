import { invalid } from '../../platform/errors.ts'
import { saleState } from '../events/sale-window.ts'
import type { Basket, Demand } from './basket.ts'
import { LimitExceeded, SaleClosed } from './errors.ts'
import type { CategoryRow, EventRow, Stock } from './stock-rows.ts'

type Priced = Pick<CategoryRow, 'id' | 'name' | 'priceMinor' | 'currencyCode' | 'remaining' | 'maxPerBuyer'>

interface Choice {
  readonly demand: Demand
  readonly item: Priced
}

/** What a basket names, found and for sale to anybody, whether or not enough is left. */
export interface Chosen {
  readonly event: EventRow | undefined
  readonly organizerId: string
  readonly currencyCode: string
  readonly tickets: readonly Choice[]
  readonly merchandise: readonly Choice[]
}

/** Whose cart it is: the event's organizer, else that of the merchandise. Empty when none of it is there. */
export const organizerOf = ({ events, variants }: Stock, { eventId, merchandise }: Basket): string =>
  events.get(eventId ?? '')?.organizerId ?? variants.get(merchandise[0]?.itemId ?? '')?.organizerId ?? ''

/** Finds what a basket names. Throws ValidationFailed, SaleClosed and LimitExceeded. */
export function choose(stock: Stock, basket: Basket, now: Date): Chosen {
  const event = basket.eventId ? stock.events.get(basket.eventId) : undefined
  if (basket.eventId && (!event || event.status === 'DRAFT'))
    throw invalid(['input', 'eventId'], 'No such event.')
  const tickets = basket.tickets.map((demand) => ({ demand, item: categoryFor(stock, event, demand, now) }))
  const organizerId = organizerOf(stock, basket)
  const merchandise = basket.merchandise.map((demand) => ({
    demand,
    item: variantFor(stock, organizerId, demand),
  }))
  const wanted: Choice[] = [...tickets, ...merchandise]
  const currencyCode = wanted[0]?.item.currencyCode ?? 'IDR'
  // Tickets were refused above. Merchandise is for sale without the event, but not as a part of it.
  const [goods] = merchandise
  if (event?.status === 'CANCELLED' && goods) throw new SaleClosed(goods.item.id, 'CLOSED', goods.demand.path)
  for (const { demand, item } of wanted) {
    if (item.currencyCode !== currencyCode) throw invalid(demand.path, 'One order has one currency.')
  }
  return { event, organizerId, currencyCode, tickets, merchandise }
}

function categoryFor(stock: Stock, event: EventRow | undefined, demand: Demand, now: Date): Priced {
  const category = stock.categories.get(demand.itemId)
  if (!event || category?.eventId !== event.id) {
    throw invalid([...demand.path.slice(0, -1), 'ticketCategoryId'], 'No such ticket category in this event.')
  }
  const state = saleState(category, event, now)
  if (state !== 'OPEN') throw new SaleClosed(category.id, state, demand.path)
  if (demand.quantity > category.maxPerOrder) throw new LimitExceeded(category.maxPerOrder, demand.path)
  return category
}

function variantFor(stock: Stock, organizerId: string, demand: Demand): Priced {
  const variant = stock.variants.get(demand.itemId)
  if (!variant?.published || variant.organizerId !== organizerId) {
    throw invalid([...demand.path.slice(0, -1), 'variantId'], 'No such merchandise of this organizer.')
  }
  if (demand.quantity > variant.maxPerOrder) throw new LimitExceeded(variant.maxPerOrder, demand.path)
  return variant
}
