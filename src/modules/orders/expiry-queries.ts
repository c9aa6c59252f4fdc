// What the expiry sweep asks of the database.
import type { PrismaClient, Tx } from '../../platform/prisma.ts'
import type { Item } from './stock-lane.ts'

/** The orders of one event, or an organizer's orders of merchandise alone: what one transaction may touch. */
export interface Scope {
  readonly eventId: string | null
  readonly organizerId: string
}

export interface DueOrders extends Scope {
  /** Those that nobody has paid or ended, oldest first. */
  readonly unpaid: readonly string[]
  /** The others: nothing is to be done with them. */
  readonly done: readonly string[]
}

/**
 * The oldest orders that the sweep has to look at, by scope. Read outside the transactions that end them: an index range
 * read at SERIALIZABLE would conflict with every new order.
 */
export const dueOrders = (
  prisma: PrismaClient,
  now: Date,
  limit: number,
  except: readonly string[],
): Promise<DueOrders[]> =>
  prisma.$queryRaw<DueOrders[]>`
    SELECT event_id AS "eventId", min(organizer_id::text) AS "organizerId",
           COALESCE(array_agg(id::text ORDER BY due_at, id) FILTER (WHERE status = 'PENDING_PAYMENT'), '{}') AS unpaid,
           COALESCE(array_agg(id::text) FILTER (WHERE status <> 'PENDING_PAYMENT'), '{}') AS done
    FROM (
      SELECT id, event_id, organizer_id, status, due_at FROM "order"
      WHERE due_at <= ${now} AND id <> ALL (${[...except]}::uuid[])
      ORDER BY due_at, id LIMIT ${limit}
    ) due
    GROUP BY event_id, CASE WHEN event_id IS NULL THEN organizer_id END
    ORDER BY min(due_at)`

/** Needs no transaction: an order that is paid or ended never waits for payment again. */
export const forgetDone = (prisma: PrismaClient, ids: readonly string[]): Promise<number> =>
  prisma.$executeRaw`
    UPDATE "order" SET due_at = NULL WHERE id IN (
      SELECT id FROM "order" WHERE id = ANY (${[...ids]}::uuid[]) AND status <> 'PENDING_PAYMENT'
      ORDER BY id FOR UPDATE SKIP LOCKED)`

/**
 * Whether this transaction is the scope's only sweep. Two sweeps of one event would fight for the same stock rows, and
 * one of them would be thrown away; the second takes another event instead. New orders are not held up: their foreign
 * key locks the row in a way that agrees with this one.
 */
export async function claimScope(tx: Tx, { eventId, organizerId }: Scope): Promise<boolean> {
  const rows = eventId
    ? await tx.$queryRaw<object[]>`
        SELECT id FROM event WHERE id = ${eventId}::uuid FOR NO KEY UPDATE SKIP LOCKED`
    : await tx.$queryRaw<object[]>`
        SELECT id FROM organizer WHERE id = ${organizerId}::uuid FOR NO KEY UPDATE SKIP LOCKED`
  return rows.length > 0
}

/** The items that these orders hold. They never change, so they may be asked for before the transaction. */
export const itemsOf = (prisma: PrismaClient, orderIds: readonly string[]): Promise<Item[]> =>
  prisma.$queryRaw<Item[]>`
    SELECT DISTINCT ticket_category_id AS "ticketCategoryId", variant_id AS "variantId" FROM order_line
    WHERE order_id = ANY (${[...orderIds]}::uuid[])`

/** Locks those that are still unpaid and due. One that is being paid or cancelled right now is left to that. */
export async function lockDue(tx: Tx, ids: readonly string[], now: Date): Promise<string[]> {
  const rows = await tx.$queryRaw<{ id: string }[]>`
    SELECT id FROM "order"
    WHERE id = ANY (${[...ids]}::uuid[]) AND status = 'PENDING_PAYMENT' AND due_at <= ${now}
    ORDER BY id FOR UPDATE SKIP LOCKED`
  return rows.map(({ id }) => id)
}
