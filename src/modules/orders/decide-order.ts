import { DomainError } from '../../platform/errors.ts'
import { newId } from '../../platform/ids.ts'
import { isAmount, money } from '../../platform/money.ts'
import { choose } from '../holds/choose.ts'
import { SoldOut } from '../holds/errors.ts'
import type { Free } from '../holds/held.ts'
import type { Stock } from '../holds/stock-rows.ts'
import type { Terms } from './buyer-terms.ts'
import { PriceChanged } from './errors.ts'
import type { Cart } from './order-input.ts'
import type { Discount } from './promo-offers.ts'

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

/**
 * Decides one cart against the stock: all of it, which lowers `remaining`, or a refusal, which changes nothing. Prices
 * and names come from the stock, so they are the database's in this transaction. `free` says how much of an item this
 * buyer may have; all that remains, if left out.
 */
export function decideOrder(
  stock: Stock,
  cart: Cart,
  terms: Terms,
  now: Date,
  free: Free = allOf,
): Decided | DomainError {
  try {
    return decide(stock, cart, terms, now, free)
  } catch (error) {
    if (error instanceof DomainError) return error
    throw error
  }
}

const allOf: Free = ({ remaining }) => remaining

function decide(stock: Stock, cart: Cart, terms: Terms, now: Date, free: Free): Decided {
  const { event, organizerId, currencyCode, tickets, merchandise } = choose(stock, cart, now)
  const wanted = [...tickets, ...merchandise]
  terms.allow(event, tickets, merchandise)
  for (const { demand, item } of wanted) {
    if (free(item) < demand.quantity) throw new SoldOut(item.id, free(item), free(item) < item.remaining)
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
  if (cart.expectedTotal !== null && !isAmount(cart.expectedTotal, money(totalMinor, currencyCode)))
    throw new PriceChanged(money(totalMinor, currencyCode))
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
