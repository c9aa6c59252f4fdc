// The rows that decide over a cart, all in one statement and as JSON: Prisma looks at every cell of a result, and a
// statement of its own for each kind costs more than the rows.
import { arrayLiteral } from '../../platform/array-literal.ts'
import { reviveMoments } from '../../platform/json-rows.ts'
import { Prisma } from '../../platform/prisma.ts'
import type { SellingEvent } from '../events/sale-window.ts'
import type { Basket } from './basket.ts'

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

export interface StockIds {
  readonly events: readonly string[]
  readonly categories: readonly string[]
  readonly variants: readonly string[]
}

/** The stock that carts want, each row once. */
export const stockWanted = (carts: readonly Basket[]): StockIds => ({
  events: distinct(carts.flatMap(({ eventId }) => eventId ?? [])),
  categories: distinct(carts.flatMap(({ tickets }) => tickets.map(({ itemId }) => itemId))),
  variants: distinct(carts.flatMap(({ merchandise }) => merchandise.map(({ itemId }) => itemId))),
})

const distinct = (ids: string[]): string[] => [...new Set(ids)].sort()

/** What `stockColumns` gives: JSON texts, null where there is no row. */
export interface StockTexts {
  readonly events: string | null
  readonly categories: string | null
  readonly variants: string | null
}

/**
 * The columns of a SELECT that locks stock: categories before variants and each in id order, because two carts in
 * opposite order would deadlock. Events come last and are locked against being called off alone: who waits for stock keeps
 * nobody from that, and whoever has read an event that was called off meanwhile meets a conflict. Most carts want no
 * merchandise, and PostgreSQL is not made to look for none.
 */
export function stockColumns(
  { events, categories, variants }: StockIds,
  how: 'locked' | 'as it is' = 'locked',
): Prisma.Sql {
  const locked = how === 'locked'
  return Prisma.sql`
  (SELECT json_agg(c)::text FROM (
     SELECT id, event_id AS "eventId", name, price_minor::text AS "priceMinor", currency_code AS "currencyCode",
            max_per_order AS "maxPerOrder", max_per_buyer AS "maxPerBuyer", sales_start_at AS "salesStartAt",
            sales_end_at AS "salesEndAt", remaining
     FROM ticket_category WHERE id = ANY(${arrayLiteral(categories)}::uuid[]) ORDER BY id ${locked ? Prisma.sql`FOR UPDATE` : Prisma.empty}) c) AS categories,
  ${variants.length === 0 ? Prisma.sql`NULL` : variantsColumn(variants, locked)} AS variants,
  (SELECT json_agg(e)::text FROM (
     SELECT id, organizer_id AS "organizerId", title, status, ends_at AS "endsAt", sales_start_at AS "salesStartAt",
            sales_end_at AS "salesEndAt", waiting_room_rate AS "waitingRoomRate", max_per_buyer AS "maxPerBuyer"
     FROM event WHERE id = ANY(${arrayLiteral(events)}::uuid[]) ORDER BY id ${locked ? Prisma.sql`FOR KEY SHARE` : Prisma.empty}) e) AS events`
}

const variantsColumn = (variants: readonly string[], locked: boolean): Prisma.Sql => Prisma.sql`
  (SELECT json_agg(v)::text FROM (
     SELECT v.id, m.id AS "merchandiseId", m.event_id AS "eventId", m.organizer_id AS "organizerId",
            m.name || ' – ' || v.name AS name, v.price_minor::text AS "priceMinor", v.currency_code AS "currencyCode",
            v.max_per_order AS "maxPerOrder", v.max_per_buyer AS "maxPerBuyer", m.published, v.remaining
     FROM merchandise_variant v JOIN merchandise m ON m.id = v.merchandise_id
     WHERE v.id = ANY(${arrayLiteral(variants)}::uuid[]) ORDER BY v.id ${locked ? Prisma.sql`FOR UPDATE OF v` : Prisma.empty}) v)`

const MOMENTS = ['endsAt', 'salesStartAt', 'salesEndAt']

export function stockOf({ events, categories, variants }: StockTexts): Stock {
  return {
    events: rowsOf<EventRow>(events),
    categories: rowsOf<CategoryRow>(categories),
    variants: rowsOf<VariantRow>(variants),
  }
}

function rowsOf<Row extends { id: string; priceMinor?: bigint }>(text: string | null): Map<string, Row> {
  const rows: Row[] = text === null ? [] : JSON.parse(text)
  for (const row of rows) {
    reviveMoments(row, MOMENTS)
    if (row.priceMinor !== undefined) row.priceMinor = BigInt(row.priceMinor)
  }
  return new Map(rows.map((row) => [row.id, row]))
}
