// What is sold, and whether its books are right afterwards.
import type { Stand } from './stand.ts'

/** One ticket category of one event. */
export interface Item {
  readonly eventId: string
  readonly categoryId: string
  /** Of the event. */
  readonly slug: string
}

export interface Offer {
  readonly events: number
  /** Of each event. */
  readonly categories: number
  /** Of each category. */
  readonly quota: number
  /** Admissions a minute; null: no waiting room. */
  readonly waitingRoomRate: number | null
}

/** Published events on sale, new for each round: no round finds what an earlier one left. */
export async function addSale({ database }: Stand, offer: Offer): Promise<Item[]> {
  const { events, categories, quota, waitingRoomRate } = offer
  const { rows } = await database.query<Item>(
    `WITH event AS (
       INSERT INTO event (id, organizer_id, slug, title, description, status, tags, time_zone, starts_at, ends_at,
                          published_at, updated_at, waiting_room_rate)
       SELECT uuidv7(), o.id, 'bench-' || gen_random_uuid(), 'Bench', '', 'PUBLISHED', '{}', 'Asia/Jakarta',
              now() + interval '30 days', now() + interval '31 days', now(), now(), $4
       FROM (SELECT id FROM organizer ORDER BY id LIMIT 1) o, generate_series(1, $1) RETURNING id, slug)
     INSERT INTO ticket_category (id, event_id, name, price_minor, currency_code, quota, remaining, max_per_order)
     SELECT uuidv7(), id, 'Umum', 15000000, 'IDR', $3, $3, 4 FROM event, generate_series(1, $2)
     RETURNING id AS "categoryId", event_id AS "eventId",
               (SELECT slug FROM event WHERE event.id = event_id) AS slug`,
    [events, categories, quota, waitingRoomRate],
  )
  if (rows.length !== events * categories) throw new Error('The season has no organizer.')
  return rows
}

export interface Sold {
  readonly orders: number
  /** That placed these orders: a lane puts many into one. */
  readonly transactions: number
}

/**
 * Throws unless the books are right: what is missing of a category is in its orders, nobody who bought once has two orders,
 * and of `answered` none is missing. `failed` orders were not answered, and may be there.
 */
export async function verifySale(
  { database }: Stand,
  items: readonly Item[],
  { answered, failed }: { answered: number; failed: number },
): Promise<Sold> {
  const ids = items.map(({ categoryId }) => categoryId)
  const uneven = await database.query(
    `SELECT c.id FROM ticket_category c
     LEFT JOIN (SELECT ticket_category_id AS id, sum(quantity - restocked_quantity) AS units FROM order_line
                WHERE ticket_category_id = ANY($1::uuid[]) GROUP BY 1) sold ON sold.id = c.id
     WHERE c.id = ANY($1::uuid[]) AND c.quota - c.remaining <> coalesce(sold.units, 0)`,
    [ids],
  )
  if (uneven.rowCount)
    throw new Error(`Quota − remaining is not what was sold of ${uneven.rowCount} categories.`)
  const { rows } = await database.query<Sold & { buyers: number }>(
    `SELECT count(*)::int AS orders, count(DISTINCT o.buyer_email)::int AS buyers,
            count(DISTINCT l.xmin::text)::int AS transactions
     FROM order_line l JOIN "order" o ON o.id = l.order_id WHERE l.ticket_category_id = ANY($1::uuid[])`,
    [ids],
  )
  const { orders = -1, buyers = -1, transactions = -1 } = rows[0] ?? {}
  if (orders !== buyers || orders < answered || orders > answered + failed) {
    throw new Error(
      `${orders} orders of ${buyers} buyers, ${answered} answered, ${failed} failed: these differ.`,
    )
  }
  return { orders, transactions }
}
