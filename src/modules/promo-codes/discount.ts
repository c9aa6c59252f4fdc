import type { PromoCodeKind } from '../../generated/prisma/enums.ts'
import { payableShare, payableUnit } from '../../platform/money.ts'

/** What a code takes off, and of what. */
export interface Offer {
  readonly kind: PromoCodeKind
  /** Of PERCENTAGE. */
  readonly percentage: number | null
  /** Of AMOUNT. */
  readonly amountMinor: bigint | null
  readonly currencyCode: string | null
  /** Null: any event of the organizer, and orders without one. */
  readonly eventId: string | null
  /** Empty: everything in the cart, merchandise included. */
  readonly ticketCategoryIds: readonly string[]
}

export interface PricedCart {
  readonly eventId: string | null
  readonly currencyCode: string
  readonly lines: readonly { readonly ticketCategoryId: string | null; readonly totalMinor: bigint }[]
}

/**
 * What the code takes off this cart, in minor units; null when it takes nothing off. Computed once for the order, from the
 * sum of what the code is good for, and rounded half up to what can be paid: whole rupiah, else minor units. Never more
 * than that sum.
 */
export function discountOf(offer: Offer, { eventId, currencyCode, lines }: PricedCart): bigint | null {
  if (offer.eventId !== null && offer.eventId !== eventId) return null
  if (offer.kind === 'AMOUNT' && offer.currencyCode !== currencyCode) return null
  const scope = lines
    .filter(({ ticketCategoryId }) => isGoodFor(offer, ticketCategoryId))
    .reduce((sum, line) => sum + line.totalMinor, 0n)
  const amount = offer.amountMinor ?? 0n
  const discount =
    offer.kind === 'AMOUNT'
      ? amount - (amount % payableUnit(currencyCode))
      : payableShare(scope, BigInt(offer.percentage ?? 0), 100n, currencyCode)
  // All of it stays all of it, also where a price is no whole rupiah.
  const isAll = discount > scope || (offer.kind === 'PERCENTAGE' && offer.percentage === 100)
  const taken = isAll ? scope : discount
  return taken > 0n ? taken : null
}

const isGoodFor = ({ ticketCategoryIds }: Offer, ticketCategoryId: string | null): boolean =>
  ticketCategoryIds.length === 0 ||
  (ticketCategoryId !== null && ticketCategoryIds.includes(ticketCategoryId))
