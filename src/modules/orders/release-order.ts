import type { Deps } from '../../platform/deps.ts'
import { enqueue } from '../../platform/outbox.ts'
import type { Tx } from '../../platform/prisma.ts'
import { shownStatus } from '../events/sale-window.ts'
import type { Stock } from '../holds/stock-rows.ts'
import { ORDER_EXPIRED } from '../messages/causes.ts'
import { giveBackUses } from './promo-uses.ts'
import { type LockedOrder, lockStock, moveStock } from './queries.ts'
import { retakeTerms } from './retake-terms.ts'
import type { Item } from './stock-lane.ts'

/** So many units of an item. */
export interface Units extends Item {
  readonly units: number
}

const lockItems = (tx: Tx, items: readonly Item[], eventId: string | null = null): Promise<Stock> =>
  lockStock(tx, {
    events: eventId ? [eventId] : [],
    categories: present(items.map((item) => item.ticketCategoryId)),
    variants: present(items.map((item) => item.variantId)),
  })

/**
 * Ends unpaid orders of one event, in the transaction that locked them, and gives back all that they had. This is the one
 * place where an order gives anything back before it is paid.
 */
export async function releaseOrders(
  deps: Pick<Deps, 'clock'>,
  tx: Tx,
  orderIds: readonly string[],
  status: 'EXPIRED' | 'CANCELLED',
  reason: string | null = null,
): Promise<void> {
  const released = await tx.$executeRaw`
    UPDATE "order"
    SET status = ${status}::"OrderStatus", cancel_reason = ${reason}, released_at = ${deps.clock.now()}::timestamptz,
        due_at = NULL
    WHERE id = ANY (${[...orderIds]}::uuid[]) AND status = 'PENDING_PAYMENT'`
  // Whoever calls has locked them and looked. Giving back what a paid order holds would sell it twice.
  if (released !== orderIds.length) throw new Error('An order to be released is not waiting for payment.')
  await giveBack(deps, tx, orderIds)
  // Whoever cancels knows of it.
  if (status === 'EXPIRED')
    await enqueue(
      deps,
      tx,
      orderIds.map((orderId) => ({ kind: ORDER_EXPIRED, payload: { orderId } })),
    )
}

/**
 * Gives back the live units of these orders and their uses of promo codes, once: what is given back is noted on each line
 * and each redemption. `gone` are lines whose goods have left the house: they are not for sale again.
 */
export async function giveBack(
  deps: Pick<Deps, 'clock'>,
  tx: Tx,
  orderIds: readonly string[],
  gone: readonly string[] = [],
): Promise<void> {
  const given = await tx.$queryRaw<Units[]>`
    WITH live AS (
      SELECT id, ticket_category_id, variant_id, quantity - restocked_quantity AS units FROM order_line
      WHERE order_id = ANY (${[...orderIds]}::uuid[]) AND restocked_quantity < quantity
        AND id <> ALL (${[...gone]}::uuid[])
    ), noted AS (
      UPDATE order_line l SET restocked_quantity = l.quantity FROM live WHERE l.id = live.id
    )
    SELECT ticket_category_id AS "ticketCategoryId", variant_id AS "variantId", sum(units)::int AS units
    FROM live GROUP BY ticket_category_id, variant_id`
  await returnUnits(deps, tx, given)
  await giveBackUses(deps, tx, orderIds)
}

/** Puts units back on sale. Whoever calls has noted on their lines that they are. */
export async function returnUnits(deps: Pick<Deps, 'clock'>, tx: Tx, given: readonly Units[]): Promise<void> {
  if (given.length === 0) return
  await lockItems(tx, given)
  await moveStock(deps, tx, movesOf(given, 1))
}

/**
 * Takes again all that an expired order gave back, or nothing: false when any item has too few, when its buyer has had as
 * much as one may or its promo code is used up since, or when its event is called off or over.
 */
export async function retake(deps: Pick<Deps, 'clock'>, tx: Tx, order: LockedOrder): Promise<boolean> {
  const gone = order.lines.map((line) => ({ ...line, units: line.restockedQuantity }))
  const stock = await lockItems(tx, gone, order.eventId)
  const event = order.eventId ? stock.events.get(order.eventId) : null
  if (event && shownStatus(event, deps.clock.now()) !== 'PUBLISHED') return false
  const enough = gone.every((line) => {
    const item = line.ticketCategoryId
      ? stock.categories.get(line.ticketCategoryId)
      : stock.variants.get(line.variantId ?? '')
    return item !== undefined && item.remaining >= line.units
  })
  if (!enough || !(await retakeTerms(tx, stock, order))) return false
  await moveStock(deps, tx, movesOf(gone, -1))
  await tx.$executeRaw`UPDATE order_line SET restocked_quantity = 0 WHERE order_id = ${order.id}::uuid`
  return true
}

const present = (ids: (string | null)[]): string[] => [...new Set(ids.filter((id) => id !== null))].sort()

/** Units by item, each item once: an UPDATE that meets a row twice changes it once. */
function movesOf(given: readonly Units[], sign: 1 | -1) {
  const moves = { categories: new Map<string, number>(), variants: new Map<string, number>() }
  for (const { ticketCategoryId, variantId, units } of given) {
    const id = ticketCategoryId ?? variantId
    if (!id) continue
    const kind = ticketCategoryId ? moves.categories : moves.variants
    kind.set(id, (kind.get(id) ?? 0) + sign * units)
  }
  return moves
}
