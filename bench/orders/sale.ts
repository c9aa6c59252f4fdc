// The ticket category that is sold, and whether its books are right afterwards.

import type { Stand } from '../stand.ts'
import type { Wanted } from './clients.ts'

const QUOTA = 1_000_000

/** A published event with one category, new for each round: no round finds what an earlier one left. */
export async function addCategory({ database }: Stand): Promise<Wanted> {
  const { rows } = await database.query<Wanted>(
    `WITH event AS (
       INSERT INTO event (id, organizer_id, slug, title, description, status, tags, time_zone, starts_at, ends_at,
                          published_at, updated_at)
       SELECT uuidv7(), id, 'bench-' || gen_random_uuid(), 'Bench', '', 'PUBLISHED', '{}', 'Asia/Jakarta',
              now() + interval '30 days', now() + interval '31 days', now(), now()
       FROM organizer ORDER BY id LIMIT 1 RETURNING id)
     INSERT INTO ticket_category (id, event_id, name, price_minor, currency_code, quota, remaining, max_per_order)
     SELECT uuidv7(), id, 'Umum', 15000000, 'IDR', $1, $1, 4 FROM event
     RETURNING id AS "categoryId", event_id AS "eventId"`,
    [QUOTA],
  )
  const [wanted] = rows
  if (!wanted) throw new Error('The season has no organizer.')
  return wanted
}

/** Throws unless every order that was answered is sold once: sold = quota − remaining. Gives the number sold. */
export async function verify({ database }: Stand, categoryId: string, answered: number): Promise<number> {
  const { rows } = await database.query<{ sold: number; gone: number }>(
    `SELECT (SELECT coalesce(sum(quantity), 0)::int FROM order_line WHERE ticket_category_id = c.id) AS sold,
            quota - remaining AS gone
     FROM ticket_category c WHERE id = $1`,
    [categoryId],
  )
  const { sold = -1, gone = -1 } = rows[0] ?? {}
  if (sold !== gone || sold !== answered) {
    throw new Error(`Sold ${sold}, quota − remaining ${gone}, answered ${answered}: these differ.`)
  }
  return sold
}
