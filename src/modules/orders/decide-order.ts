import { DomainError, invalid } from '../../platform/errors.ts'
import { newId } from '../../platform/ids.ts'
import { money, parseDecimal } from '../../platform/money.ts'
import { type SellingEvent, saleState } from '../events/sale-window.ts'
import type { Terms } from './buyer-terms.ts'
import { LimitExceeded, PriceChanged, SaleClosed, SoldOut } from './errors.ts'
import type { Cart, Demand } from './order-input.ts'
import type { Discount } from './promo-offers.ts'

export interface EventRow extends SellingEvent {
  readonly id: string
  readonly organizerId: string
  readonly title: string
  readonly waitingRoomRate: number | null
  readonly maxPerBuyer: number | null
}

export interface CategoryRow {
  readonly id: string
  readonly eventId: string
  readonly name: string
  readonly priceMinor: bigint
  readonly currencyCode: string
  readonly maxPerOrder: number
  readonly maxPerBuyer: number | null
  readonly salesStartAt: Date | null
  readonly salesEndAt: Date | null
  remaining: number
}

export interface VariantRow {
  readonly id: string
  readonly merchandiseId: string
  readonly eventId: string | null
  readonly organizerId: string
  readonly name: string
  readonly priceMinor: bigint
  readonly currencyCode: string
  readonly maxPerOrder: number
  readonly maxPerBuyer: number | null
  readonly published: boolean
  remaining: number
}

/** The locked stock of a batch. `remaining` falls as orders are decided. */
export interface Stock {
  readonly events: ReadonlyMap<string, EventRow>
  readonly categories: ReadonlyMap<string, CategoryRow>
  readonly variants: ReadonlyMap<string, VariantRow>
}

export interface DecidedLine {
  readonly id: string
  readonly position: number
  readonly kind: 'TICKET' | 'MERCHANDISE'
  readonly ticketCategoryId: string | null
  readonly variantId: string | null
  readonly name: string
  readonly unitPriceMinor: bigint
  readonly quantity: number
  readonly totalMinor: bigint
  readonly attendeeNames: string[]
}

export interface Decided extends Discount {
  readonly organizerId: string
  readonly eventId: string | null
  readonly currencyCode: string
  readonly subtotalMinor: bigint
  readonly totalMinor: bigint
  readonly lines: DecidedLine[]
}

type Priced = Pick<CategoryRow, 'id' | 'name' | 'priceMinor' | 'currencyCode' | 'remaining' | 'maxPerBuyer'>

/**
 * Decides one cart against the stock: all of it, which lowers `remaining`, or a refusal, which changes nothing. Prices
 * and names come from the stock, so they are the database's in this transaction.
 */
export function decideOrder(stock: Stock, cart: Cart, terms: Terms, now: Date): Decided | DomainError {
  try {
    return decide(stock, cart, terms, now)
  } catch (error) {
    if (error instanceof DomainError) return error
    throw error
  }
}

/** Whose cart it is: the event's organizer, else that of the merchandise. Empty when none of it is there. */
export const organizerOf = ({ events, variants }: Stock, { eventId, merchandise }: Cart): string =>
  events.get(eventId ?? '')?.organizerId ?? variants.get(merchandise[0]?.itemId ?? '')?.organizerId ?? ''

function decide(stock: Stock, cart: Cart, terms: Terms, now: Date): Decided {
  const event = cart.eventId ? stock.events.get(cart.eventId) : undefined
  if (cart.eventId && (!event || event.status === 'DRAFT'))
    throw invalid(['input', 'eventId'], 'No such event.')
  const tickets = cart.tickets.map((demand) => ({ demand, item: categoryFor(stock, event, demand, now) }))
  const organizerId = organizerOf(stock, cart)
  const merchandise = cart.merchandise.map((demand) => ({
    demand,
    item: variantFor(stock, organizerId, demand),
  }))
  const wanted: { demand: Demand; item: Priced }[] = [...tickets, ...merchandise]
  const currencyCode = wanted[0]?.item.currencyCode ?? 'IDR'
  for (const { demand, item } of wanted) {
    if (item.currencyCode !== currencyCode) throw invalid(demand.path, 'One order has one currency.')
  }
  terms.allow(event, tickets, merchandise)
  for (const { demand, item } of wanted) {
    if (item.remaining < demand.quantity) throw new SoldOut(item.id, item.remaining)
  }
  const lines = wanted.map(({ demand, item }, position): DecidedLine => {
    const isTicket = position < tickets.length
    return {
      id: newId(),
      position,
      kind: isTicket ? 'TICKET' : 'MERCHANDISE',
      ticketCategoryId: isTicket ? item.id : null,
      variantId: isTicket ? null : item.id,
      name: item.name,
      unitPriceMinor: item.priceMinor,
      quantity: demand.quantity,
      totalMinor: item.priceMinor * BigInt(demand.quantity),
      attendeeNames: [...demand.attendeeNames],
    }
  })
  const subtotalMinor = lines.reduce((sum, line) => sum + line.totalMinor, 0n)
  const discount = terms.discount({ eventId: event?.id ?? null, currencyCode, lines })
  const totalMinor = subtotalMinor - discount.discountMinor
  if (cart.expectedTotal !== null && parseDecimal(cart.expectedTotal, currencyCode) !== totalMinor) {
    throw new PriceChanged(money(totalMinor, currencyCode))
  }
  for (const { demand, item } of wanted) item.remaining -= demand.quantity
  return {
    ...discount,
    organizerId,
    eventId: event?.id ?? null,
    currencyCode,
    subtotalMinor,
    totalMinor,
    lines,
  }
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
