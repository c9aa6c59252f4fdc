import type { Fulfilment } from '../../generated/prisma/client.ts'
import type { Caller } from '../../platform/caller.ts'
import type { Deps } from '../../platform/deps.ts'
import { parseId } from '../../platform/ids.ts'
import type { Prisma, Tx } from '../../platform/prisma.ts'
import { changed } from '../../platform/public-changes.ts'
import { stockTag } from '../events/cache-tags.ts'
import { type Stock, type StockIds, type StockTexts, stockColumns, stockOf } from '../holds/stock-rows.ts'
import { itemStockTag } from '../merchandise/cache-tags.ts'
import { may } from '../organizers/permissions.ts'
import { forBuyer, isBuyer } from './order-secrets.ts'

/** Everything an Order shows, in one shape: fresh from the database, or as a stored answer gives it again. */
export const orderInclude = {
  lines: { orderBy: { position: 'asc' } },
  payments: { orderBy: [{ createdAt: 'desc' }, { id: 'desc' }], take: 1 },
  tickets: { orderBy: [{ orderLineId: 'asc' }, { unit: 'asc' }] },
  refunds: { orderBy: [{ createdAt: 'asc' }, { id: 'asc' }] },
} satisfies Prisma.OrderInclude

export type OrderView = Prisma.OrderGetPayload<{ include: typeof orderInclude }> & {
  /** Only in the answer to createOrder and its replay. */
  accessToken?: string
  /** The answer goes to its buyer; see order-secrets.ts. */
  isBuyers?: boolean
  /** How far its goods were when this answer was made; else they are read when asked for. */
  fulfilments?: readonly Fulfilment[]
}

export const orderById = (client: Tx, id: string): Promise<OrderView | null> =>
  client.order.findUnique({ where: { id }, include: orderInclude })

/** Staff read orders with the one and end them with the other. */
type OrderPermission = 'order.read' | 'order.refund'

/**
 * The order if the caller is its buyer or staffs its organizer with the permission; null for an unknown id and for somebody
 * else's order alike. It shows its secrets to its buyer alone.
 */
export async function findOrder(
  deps: Deps,
  caller: Caller,
  id: string,
  accessToken: string | null | undefined,
  permission: OrderPermission = 'order.read',
): Promise<OrderView | null> {
  const orderId = parseId(id)
  if (!orderId) return null
  const order = await orderById(deps.prisma, orderId)
  if (!order) return null
  const accountId = caller.kind === 'account' ? caller.accountId : null
  if (isBuyer(deps.settings, accountId, order, accessToken)) return forBuyer(order)
  return may(caller, order.organizerId, permission) ? order : null
}

/** An order with its lines. */
export type LockedOrder = Omit<OrderView, 'payments' | 'tickets' | 'refunds' | 'accessToken' | 'fulfilments'>

/** One order, and whether its event was called off: then a job is about to cancel or refund it. */
export type OrderAlone = LockedOrder & { readonly isCalledOff: boolean }

/**
 * Locks one order for a change of state; null when there is none. Reads no more than that takes: at this isolation level,
 * who reads the place where others write their tickets and payments meets all of them.
 */
export async function lockOrder(tx: Tx, id: string): Promise<OrderAlone | null> {
  const [locked] = await tx.$queryRaw<{ isCalledOff: boolean }[]>`
    SELECT coalesce(e.status = 'CANCELLED', false) AS "isCalledOff" FROM "order" o LEFT JOIN event e ON e.id = o.event_id
    WHERE o.id = ${id}::uuid FOR UPDATE OF o`
  if (!locked) return null
  const order = await tx.order.findUnique({ where: { id }, include: { lines: orderInclude.lines } })
  return order && { ...order, ...locked }
}

/** The same for many, always in id order: two in opposite order would deadlock. */
export async function lockOrders(tx: Tx, ids: readonly string[]): Promise<LockedOrder[]> {
  await tx.$queryRaw`SELECT 1 FROM "order" WHERE id = ANY (${[...ids]}::uuid[]) ORDER BY id FOR UPDATE`
  return tx.order.findMany({
    where: { id: { in: [...ids] } },
    include: { lines: orderInclude.lines },
    orderBy: { id: 'asc' },
  })
}

/** The oldest orders of an event that are neither ended nor refunded. The index of the organizer's orders serves it. */
export const liveOrdersOf = async (
  { order }: Pick<Tx, 'order'>,
  { eventId, organizerId }: { readonly eventId: string; readonly organizerId: string },
  limit: number,
): Promise<string[]> => {
  const rows = await order.findMany({
    where: { organizerId, eventId, status: { in: ['PENDING_PAYMENT', 'PAID', 'PARTIALLY_REFUNDED'] } },
    orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
    select: { id: true },
    take: limit,
  })
  return rows.map(({ id }) => id)
}

/** Locks the stock that carts want, always in id order: two carts in opposite order would deadlock. */
export async function lockStock(tx: Tx, ids: StockIds): Promise<Stock> {
  const [texts] = await tx.$queryRaw<StockTexts[]>`SELECT ${stockColumns(ids)}`
  return stockOf(texts ?? { events: null, categories: null, variants: null })
}

/**
 * Adds to `remaining` of each item; negative takes. The CHECK constraints refuse what would oversell or overfill. Caches
 * hear of it only when something becomes sold out or is for sale again: between these, seconds of lag mislead nobody.
 */
export async function moveStock(
  deps: Pick<Deps, 'clock'>,
  tx: Tx,
  moves: { categories: Map<string, number>; variants: Map<string, number> },
): Promise<void> {
  if (moves.categories.size > 0) {
    const moved = await tx.$queryRaw<(Moved & { eventId: string })[]>`
      UPDATE ticket_category c SET remaining = c.remaining + move.units
      FROM unnest(${[...moves.categories.keys()]}::uuid[], ${[...moves.categories.values()]}::int[]) AS move (id, units)
      WHERE c.id = move.id
      RETURNING c.remaining, move.units, c.event_id AS "eventId"`
    const tags = moved.filter(crossedZero).map(({ eventId }) => stockTag(eventId))
    await changed(deps, tx, tags)
  }
  if (moves.variants.size > 0) {
    const moved = await tx.$queryRaw<(Moved & { merchandiseId: string; eventId: string | null })[]>`
      UPDATE merchandise_variant v SET remaining = v.remaining + move.units
      FROM unnest(${[...moves.variants.keys()]}::uuid[], ${[...moves.variants.values()]}::int[]) AS move (id, units),
           merchandise m
      WHERE v.id = move.id AND m.id = v.merchandise_id
      RETURNING v.remaining, move.units, m.id AS "merchandiseId", m.event_id AS "eventId"`
    const tags = moved
      .filter(crossedZero)
      .flatMap(({ merchandiseId, eventId }) => [
        itemStockTag(merchandiseId),
        ...(eventId ? [stockTag(eventId)] : []),
      ])
    await changed(deps, tx, tags)
  }
}

interface Moved {
  readonly remaining: number
  readonly units: number
}

const crossedZero = ({ remaining, units }: Moved): boolean => (remaining === 0) !== (remaining - units === 0)

/** Sets soldCount of every merchandise item to its units in paid orders, less what was given back. */
export const storeSoldCounts = (client: Tx): Promise<number> =>
  client.$executeRaw`
    UPDATE merchandise m SET sold_count = counted.sold
    FROM (
      SELECT item.id, COALESCE(sum(l.quantity - l.restocked_quantity) FILTER (WHERE o.id IS NOT NULL), 0)::int AS sold
      FROM merchandise item
      LEFT JOIN merchandise_variant v ON v.merchandise_id = item.id
      LEFT JOIN order_line l ON l.variant_id = v.id
      LEFT JOIN "order" o ON o.id = l.order_id AND o.status IN ('PAID', 'PARTIALLY_REFUNDED')
      GROUP BY item.id
    ) counted
    WHERE m.id = counted.id AND m.sold_count <> counted.sold`
