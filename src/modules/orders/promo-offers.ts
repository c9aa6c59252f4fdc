import type { Sql } from '../../platform/sql.ts'
import { discountOf, type Offer, type PricedCart } from '../promo-codes/discount.ts'
import { outsideOf } from '../promo-codes/validity.ts'
import { PromoCodeInvalid } from './errors.ts'

/** A promo code of a batch, locked. `used` rises as orders are decided. */
export interface OfferRow extends Offer {
  readonly id: string
  readonly organizerId: string
  readonly code: string
  readonly maxUses: number | null
  readonly maxPerBuyer: number | null
  readonly startsAt: Date | null
  readonly endsAt: Date | null
  used: number
}

/** What an order keeps of its discount. */
export interface Discount {
  readonly discountMinor: bigint
  readonly promoCodeId: string | null
  readonly promoCode: string | null
}

export const noDiscount: Discount = { discountMinor: 0n, promoCodeId: null, promoCode: null }

/**
 * Locks these codes, always in id order and after the stock: as every transaction that takes a use or gives it back. Each is
 * looked up by itself: where there are few codes PostgreSQL would read all of them, and be in the way of who uses another.
 */
export const lockOffers = (
  tx: Sql,
  wanted: readonly { readonly organizerId: string; readonly code: string }[],
): Promise<OfferRow[]> =>
  tx.$queryRaw<OfferRow[]>`
    SELECT p.id, p.organizer_id AS "organizerId", p.code, p.kind::text, p.percentage, p.amount_minor AS "amountMinor",
           p.currency_code AS "currencyCode", p.event_id AS "eventId", p.max_uses AS "maxUses",
           p.max_per_buyer AS "maxPerBuyer", p.used, p.starts_at AS "startsAt", p.ends_at AS "endsAt",
           ARRAY(SELECT c.ticket_category_id::text FROM promo_code_category c WHERE c.promo_code_id = p.id)
             AS "ticketCategoryIds"
    FROM promo_code p
    WHERE p.id = ANY (ARRAY(
      SELECT found.id
      FROM unnest(${wanted.map((one) => one.organizerId)}::uuid[], ${wanted.map((one) => one.code)}::text[])
             AS wanted (organizer_id, code),
           LATERAL (
             SELECT id FROM promo_code WHERE organizer_id = wanted.organizer_id AND code = wanted.code OFFSET 0
           ) found))
    ORDER BY p.id FOR UPDATE OF p`

/**
 * What a code takes off a cart. `uses` are the buyer's own. Throws PromoCodeInvalid, whose reason is the first that holds:
 * time, use and the buyer's uses come after what is wrong with the cart only where the buyer can do nothing about them.
 */
export function redeemOffer(
  offer: OfferRow | undefined,
  cart: PricedCart,
  uses: (offer: OfferRow) => number,
  now: Date,
): Discount {
  if (!offer) throw new PromoCodeInvalid('UNKNOWN')
  const outside = outsideOf(offer, now)
  if (outside) throw new PromoCodeInvalid(outside)
  const discountMinor = discountOf(offer, cart)
  if (discountMinor === null) throw new PromoCodeInvalid('NOT_FOR_THIS_CART')
  if (isUsedUp(offer)) throw new PromoCodeInvalid('USED_UP')
  if (offer.maxPerBuyer !== null && uses(offer) >= offer.maxPerBuyer)
    throw new PromoCodeInvalid('BUYER_LIMIT')
  return { discountMinor, promoCodeId: offer.id, promoCode: offer.code }
}

export const isUsedUp = ({ maxUses, used }: Pick<OfferRow, 'maxUses' | 'used'>): boolean =>
  maxUses !== null && used >= maxUses
