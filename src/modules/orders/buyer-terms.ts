// What an order's buyer decides: how much one may have, and what a promo code takes off.
import { networkHash } from '../../platform/network.ts'
import type { Sql } from '../../platform/sql.ts'
import type { Demand } from '../holds/basket.ts'
import { organizerOf } from '../holds/choose.ts'
import { LimitExceeded } from '../holds/errors.ts'
import type { EventRow, Stock } from '../holds/stock-rows.ts'
import { parseCode } from '../promo-codes/code-form.ts'
import type { PricedCart } from '../promo-codes/discount.ts'
import { BuyerCounts } from './buyer-counts.ts'
import { askingIdentitiesOf, type BuyerKeys, emailKey, identitiesOf, phoneKey } from './buyer-keys.ts'
import { type Asking, countUnits, countUses, type Limited, thingsOf } from './count-buyers.ts'
import { PromoCodeInvalid } from './errors.ts'
import type { Buyer, Cart } from './order-input.ts'
import { type Discount, lockOffers, noDiscount, type OfferRow, redeemOffer } from './promo-offers.ts'
import type { OrderView } from './queries.ts'

/** The parts of a request that terms depend on. */
export interface BuyerRequest {
  readonly accountId: string | null
  readonly buyer: Buyer
  readonly deviceId: string | null
  readonly cart: Cart
  readonly mayLookUpCode: boolean
  /** Of the client's address; see networkOf. */
  readonly network: string
}

/** What one demand asks for, priced. */
export interface Wanted {
  readonly demand: Demand
  readonly item: { readonly id: string; readonly maxPerBuyer: number | null }
}

/** The terms of one request. */
export interface Terms {
  /** Throws LimitExceeded when this buyer would have more than one may. */
  allow(event: EventRow | undefined, tickets: readonly Wanted[], merchandise: readonly Wanted[]): void
  /** Throws PromoCodeInvalid. */
  discount(cart: PricedCart): Discount
}

/** The terms of a batch. They change with every order that is placed. */
export interface BatchTerms {
  of(request: BuyerRequest): Terms
  placed(order: OrderView): void
}

export const keysOf = ({
  accountId,
  buyer,
  deviceId,
}: Pick<BuyerRequest, 'accountId' | 'buyer' | 'deviceId'>): BuyerKeys => ({
  accountId,
  buyerEmailKey: emailKey(buyer.email),
  buyerPhoneKey: phoneKey(buyer.phone),
  buyerDevice: deviceId,
  buyerNetwork: null,
})

/** Of whoever asks. `secret` is LINK_SECRET. */
export const networkKeyOf = (secret: string, network: string): string =>
  networkHash(secret, 'of buyers', network).toString('base64url')

const nameOf = (organizerId: string, code: string): string => `${organizerId} ${code}`

/** Reads what the requests of a batch need and nothing else: nothing at all without a limit and a code. */
export async function readTerms(
  tx: Sql,
  stock: Stock,
  requests: readonly BuyerRequest[],
  now: Date,
  secret: string,
): Promise<BatchTerms> {
  const askingKeys = (request: BuyerRequest): BuyerKeys => ({
    ...keysOf(request),
    buyerNetwork: networkKeyOf(secret, request.network),
  })
  const offers = await readOffers(tx, stock, requests)
  const limited = limitedOf(stock)
  const things = new Set([...limited.events, ...limited.categories, ...limited.variants])
  const counts = await readCounts(tx, { stock, limited, things, offers, askingKeys }, requests)
  return {
    of: (request) => ({
      allow(event, tickets, merchandise) {
        if (things.size === 0) return
        const identities = askingIdentitiesOf(askingKeys(request))
        const check = (
          thing: { id: string; maxPerBuyer: number | null },
          quantity: number,
          path: string[],
        ) => {
          if (thing.maxPerBuyer === null) return
          if (counts.of(identities, thing.id) + quantity > thing.maxPerBuyer) {
            throw new LimitExceeded(thing.maxPerBuyer, path, 'PER_BUYER')
          }
        }
        for (const { item, demand } of [...tickets, ...merchandise]) check(item, demand.quantity, demand.path)
        const quantity = tickets.reduce((sum, { demand }) => sum + demand.quantity, 0)
        if (event && quantity > 0) check(event, quantity, ['input', 'tickets'])
      },
      discount(priced) {
        if (request.cart.promoCode === null) return noDiscount
        if (!request.mayLookUpCode) throw new PromoCodeInvalid('TOO_MANY_TRIES')
        const code = parseCode(request.cart.promoCode)
        if (!code) throw new PromoCodeInvalid('UNKNOWN')
        const offer = offers.get(nameOf(organizerOf(stock, request.cart), code))
        return redeemOffer(
          offer,
          priced,
          ({ id }) => counts.of(askingIdentitiesOf(askingKeys(request)), id),
          now,
        )
      },
    }),
    placed(order) {
      if (things.size === 0 && order.promoCodeId === null) return
      const identities = identitiesOf(order)
      for (const line of order.lines) {
        for (const thing of thingsOf({ ...line, eventId: order.eventId }))
          if (things.has(thing)) counts.add(identities, order.id, thing, line.quantity)
      }
      if (order.promoCodeId === null || order.promoCode === null) return
      counts.add(identities, order.id, order.promoCodeId, 1)
      const offer = offers.get(nameOf(order.organizerId, order.promoCode))
      if (offer) offer.used += 1
    },
  }
}

async function readOffers(
  tx: Sql,
  stock: Stock,
  requests: readonly BuyerRequest[],
): Promise<Map<string, OfferRow>> {
  const wanted = new Map<string, { organizerId: string; code: string }>()
  for (const { cart, mayLookUpCode } of requests) {
    const code = cart.promoCode === null || !mayLookUpCode ? null : parseCode(cart.promoCode)
    const organizerId = organizerOf(stock, cart)
    if (code && organizerId) wanted.set(nameOf(organizerId, code), { organizerId, code })
  }
  if (wanted.size === 0) return new Map()
  const rows = await lockOffers(tx, [...wanted.values()])
  return new Map(rows.map((row) => [nameOf(row.organizerId, row.code), row]))
}

interface Counted {
  readonly stock: Stock
  readonly limited: Limited
  /** The ids of all that is limited. */
  readonly things: ReadonlySet<string>
  readonly offers: ReadonlyMap<string, OfferRow>
  readonly askingKeys: (request: BuyerRequest) => BuyerKeys
}

async function readCounts(
  tx: Sql,
  { stock, limited, things, offers, askingKeys }: Counted,
  requests: readonly BuyerRequest[],
): Promise<BuyerCounts> {
  const asking = (concerned: (cart: Cart) => boolean): Asking[] =>
    requests
      .filter(({ cart }) => concerned(cart))
      .map((request) => ({ organizerId: organizerOf(stock, request.cart), keys: askingKeys(request) }))
      .filter(({ organizerId }) => organizerId !== '')
  const limits = asking(
    ({ eventId, tickets, merchandise }) =>
      (tickets.length > 0 && eventId !== null && things.has(eventId)) ||
      [...tickets, ...merchandise].some(({ itemId }) => things.has(itemId)),
  )
  const counts = limits.length > 0 ? await countUnits(tx, limits, limited) : new BuyerCounts()
  const capped = [...offers.values()].filter(({ maxPerBuyer }) => maxPerBuyer !== null).map(({ id }) => id)
  const users = capped.length > 0 ? asking(({ promoCode }) => promoCode !== null) : []
  if (users.length > 0) await countUses(tx, counts, users, capped)
  return counts
}

/** What of this stock has a limit per buyer. */
export function limitedOf({ events, categories, variants }: Stock): Limited {
  const ids = (rows: ReadonlyMap<string, { id: string; maxPerBuyer: number | null }>) =>
    [...rows.values()].filter(({ maxPerBuyer }) => maxPerBuyer !== null).map(({ id }) => id)
  return { events: ids(events), categories: ids(categories), variants: ids(variants) }
}
