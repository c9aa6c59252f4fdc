import type { MerchandiseRows } from './build-merchandise.ts'
import { type Random, randomFrom } from './random.ts'

/** Units of one ticket category or variant that orders have to hold. */
export interface SoldItem {
  readonly kind: 'TICKET' | 'MERCHANDISE'
  readonly id: string
  readonly name: string
  readonly priceMinor: bigint
  readonly units: number
  readonly max: number
}

/** Where and when items were sold. */
export interface Stall {
  readonly key: string
  readonly eventId: string | null
  readonly organizerId: string
  readonly opensAt: Date
  readonly closesAt: Date
  readonly items: readonly SoldItem[]
}

export interface Cart {
  readonly stall: Stall
  readonly lines: { item: SoldItem; quantity: number }[]
}

/** Carts that hold exactly the sold units of all stalls, no line above the item's limit. */
export const planCarts = (stalls: readonly Stall[]): Cart[] => stalls.flatMap(cartsOf)

function cartsOf(stall: Stall): Cart[] {
  const random = randomFrom(`carts ${stall.key}`)
  const tickets = stall.items
    .filter(({ kind }) => kind === 'TICKET')
    .flatMap((item) => chunksOf(random, item))
  const extras = stall.items
    .filter(({ kind }) => kind === 'MERCHANDISE')
    .flatMap((item) => chunksOf(random, item))
  const carts = tickets.map((line): Cart => ({ stall, lines: [line] }))
  for (const line of extras) {
    // Taken along with tickets, where there are any; a line of its own for each item.
    const [first, ...rest] = stall.eventId
      ? carts.filter(({ lines }) => lines.every(({ item }) => item.id !== line.item.id))
      : []
    if (first) random.pick([first, ...rest]).lines.push(line)
    else carts.push({ stall, lines: [line] })
  }
  return carts
}

/** The units of an item in portions: most people come as a group. */
function chunksOf(random: Random, item: SoldItem): Cart['lines'] {
  const lines: Cart['lines'] = []
  for (let left = item.units; left > 0; ) {
    const quantity = Math.min(left, random.between(Math.ceil(item.max * 0.6), item.max))
    lines.push({ item, quantity })
    left -= quantity
  }
  return lines
}

/** Adds merchandise to the stalls of its events; what has none sells at a stall of its organizer. */
export function withMerchandise(
  stalls: readonly Stall[],
  rows: readonly MerchandiseRows[],
  online: { opensAt: Date; closesAt: Date },
): Stall[] {
  const takenAlong = stalls.map((stall) => ({
    ...stall,
    items: [...stall.items, ...rows.filter(({ event }) => event === stall.key).flatMap(({ sold }) => sold)],
  }))
  const byItself = rows
    .filter(({ event }) => event === null)
    .map(
      ({ item, sold }): Stall => ({
        key: item.slug,
        eventId: null,
        organizerId: item.organizerId,
        ...online,
        items: sold,
      }),
    )
  return [...takenAlong, ...byItself]
}
