// What limits and caps per buyer are counted from. Read inside the transaction that decides: at its isolation level an
// order of the same buyer that commits meanwhile, also in another process, makes one of the two run again.
import { Prisma } from '../../platform/prisma.ts'
import type { Sql } from '../../platform/sql.ts'
import { BuyerCounts } from './buyer-counts.ts'
import type { BuyerKeys } from './buyer-keys.ts'

/** A buyer at an organizer: orders with others are not looked at. */
export interface Asking {
  readonly organizerId: string
  readonly keys: BuyerKeys
}

/** Things of which one buyer may have only so many; at least one, or there is nothing to count. */
export interface Limited {
  readonly events: readonly string[]
  readonly categories: readonly string[]
  readonly variants: readonly string[]
}

interface UnitsRow {
  readonly identity: string
  readonly orderId: string
  readonly eventId: string | null
  readonly ticketCategoryId: string | null
  readonly variantId: string | null
  readonly units: number
}

/** Units of limited things in live orders of these buyers, in one statement. */
export async function countUnits(tx: Sql, asking: readonly Asking[], limited: Limited): Promise<BuyerCounts> {
  const rows = await tx.$queryRaw<UnitsRow[]>`
    ${eachOrder(
      asking,
      Prisma.sql`o.id AS "orderId", o.event_id AS "eventId", l.ticket_category_id AS "ticketCategoryId",
        l.variant_id AS "variantId", l.quantity - l.restocked_quantity AS units`,
      Prisma.sql`JOIN order_line l ON l.order_id = o.id`,
      Prisma.sql`AND l.quantity > l.restocked_quantity AND (l.ticket_category_id = ANY(${limited.categories}::uuid[])
        OR l.variant_id = ANY(${limited.variants}::uuid[])
        OR (l.ticket_category_id IS NOT NULL AND o.event_id = ANY(${limited.events}::uuid[])))`,
    )}`
  const counts = new BuyerCounts()
  for (const { identity, orderId, units, ...line } of rows) {
    for (const thing of thingsOf(line)) counts.add([identity], orderId, thing, units)
  }
  return counts
}

/** What a line counts for: its item and, for tickets, the event. */
export function thingsOf(line: {
  readonly eventId: string | null
  readonly ticketCategoryId: string | null
  readonly variantId: string | null
}): string[] {
  const things = line.ticketCategoryId ? [line.eventId, line.ticketCategoryId] : [line.variantId]
  return things.filter((thing) => thing !== null)
}

/** Adds the uses of these codes by these buyers that were not given back, in one statement. */
export async function countUses(
  tx: Sql,
  counts: BuyerCounts,
  asking: readonly Asking[],
  promoCodeIds: readonly string[],
): Promise<void> {
  const rows = await tx.$queryRaw<{ identity: string; orderId: string; promoCodeId: string }[]>`
    ${eachOrder(
      asking,
      Prisma.sql`o.id AS "orderId", r.promo_code_id AS "promoCodeId"`,
      Prisma.sql`JOIN promo_redemption r ON r.order_id = o.id`,
      Prisma.sql`AND r.released_at IS NULL AND r.promo_code_id = ANY(${promoCodeIds}::uuid[])`,
    )}`
  for (const { identity, orderId, promoCodeId } of rows) counts.add([identity], orderId, promoCodeId, 1)
}

/**
 * One branch a kind of identity, each with an index of its own. OFFSET 0 keeps the planner from turning look-ups of a few
 * buyers into a scan of all orders when it knows little of the table, as on the first minute of a sale.
 */
function eachOrder(
  asking: readonly Asking[],
  select: Prisma.Sql,
  join: Prisma.Sql,
  where: Prisma.Sql,
): Prisma.Sql {
  const branch = (
    kind: 'account' | 'email' | 'phone' | 'device',
    match: Prisma.Sql,
    keyOf: (keys: BuyerKeys) => string | null,
  ) => {
    // What anybody may write into a free order counts only from where that came.
    const byNetwork = kind === 'email' || kind === 'phone'
    const known = new Map<string, { organizerId: string; value: string; networks: Set<string> }>()
    for (const { organizerId, keys } of asking) {
      const value = keyOf(keys)
      if (!value) continue
      // Once, from however many networks: an order that was found twice would count twice.
      const name = `${organizerId} ${value}`
      const buyer = known.get(name) ?? { organizerId, value, networks: new Set() }
      if (byNetwork && keys.buyerNetwork) buyer.networks.add(keys.buyerNetwork)
      known.set(name, buyer)
    }
    const buyers = [...known.values()]
    const [identity, sameNetwork] = byNetwork
      ? [
          Prisma.sql`buyer.value || coalesce(' from ' || theirs."network", '')`,
          Prisma.sql`AND (o.buyer_network IS NULL OR o.buyer_network = ANY(string_to_array(buyer.networks, ' ')))`,
        ]
      : [Prisma.sql`buyer.value`, Prisma.empty]
    return Prisma.sql`
      SELECT ${`${kind} `}::text || ${identity} AS identity, theirs.*
      FROM unnest(${buyers.map(({ organizerId }) => organizerId)}::uuid[], ${buyers.map(({ value }) => value)}::text[],
                  ${buyers.map(({ networks }) => [...networks].join(' '))}::text[]) AS buyer (organizer_id, value, networks),
           LATERAL (
             SELECT ${select}, o.buyer_network AS "network" FROM "order" o ${join}
             WHERE o.organizer_id = buyer.organizer_id AND ${match} ${sameNetwork} AND o.released_at IS NULL
               AND o.status IN ('PENDING_PAYMENT', 'PAID', 'PARTIALLY_REFUNDED') ${where}
             OFFSET 0
           ) theirs`
  }
  return Prisma.join(
    [
      branch('email', Prisma.sql`o.buyer_email_key = buyer.value`, (keys) => keys.buyerEmailKey),
      branch('account', Prisma.sql`o.account_id = buyer.value::uuid`, (keys) => keys.accountId),
      branch('phone', Prisma.sql`o.buyer_phone_key = buyer.value`, (keys) => keys.buyerPhoneKey),
      branch('device', Prisma.sql`o.buyer_device = buyer.value`, (keys) => keys.buyerDevice),
    ],
    ' UNION ALL ',
  )
}
