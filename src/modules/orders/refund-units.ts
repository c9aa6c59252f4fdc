import { arrayLiteral } from '../../platform/array-literal.ts'
import type { Deps } from '../../platform/deps.ts'
import type { Tx } from '../../platform/prisma.ts'
import { revokeTickets } from '../tickets/revoke-tickets.ts'
import { canBecome } from './order-states.ts'
import { giveBackUses } from './promo-uses.ts'
import type { LockedOrder } from './queries.ts'
import { returnUnits, type Units } from './release-order.ts'

type Line = LockedOrder['lines'][number]

/** What a refund takes from an order. */
export interface Taken {
  readonly amountMinor: bigint
  /** Units by line. Ignored when the amount is all that was left: then everything goes. */
  readonly units: ReadonlyMap<string, number>
  /** Lines of merchandise that are for sale again; tickets always are. */
  readonly restocked: ReadonlySet<string>
}

/** Units whose money can still go back. */
export const liveUnits = (line: Line): number =>
  line.quantity - (line.kind === 'TICKET' ? line.restockedQuantity : line.refundedQuantity)

/** All that is left of an order, by line. */
export const allUnits = (lines: readonly Line[]): Map<string, number> =>
  new Map(lines.flatMap((line) => (liveUnits(line) > 0 ? [[line.id, liveUnits(line)]] : [])))

/**
 * What a refund does to its order, in the refund's transaction, which has locked it: the tickets of refunded units are
 * revoked, stock rises, and the order is PARTIALLY_REFUNDED, or REFUNDED once nothing of what was paid is left.
 */
export async function refundUnits(
  deps: Pick<Deps, 'clock'>,
  tx: Tx,
  order: LockedOrder,
  taken: Taken,
): Promise<void> {
  const refundedMinor = order.refundedMinor + taken.amountMinor
  const complete = refundedMinor === order.totalMinor
  const units = complete ? allUnits(order.lines) : taken.units
  const lines = order.lines.filter(({ id }) => units.has(id))
  const returns = ({ kind, id }: Line) => kind === 'TICKET' || taken.restocked.has(id)
  await revokeTickets(
    tx,
    new Map(lines.flatMap(({ kind, id }) => (kind === 'TICKET' ? [[id, units.get(id) ?? 0]] : []))),
  )
  if (lines.length > 0) {
    const returned = await tx.$queryRaw<Units[]>`
      UPDATE order_line l
      SET refunded_quantity = l.refunded_quantity + gone.units,
          restocked_quantity =
            l.restocked_quantity + CASE WHEN gone.returns THEN gone.units ELSE 0 END
      FROM unnest(${arrayLiteral(lines.map(({ id }) => id))}::uuid[],
                  ${arrayLiteral(lines.map(({ id }) => units.get(id) ?? 0))}::int[],
                  ${arrayLiteral(lines.map((line) => String(returns(line))))}::boolean[]) AS gone (id, units, returns)
      WHERE l.id = gone.id
      RETURNING l.ticket_category_id AS "ticketCategoryId", l.variant_id AS "variantId",
                CASE WHEN gone.returns THEN gone.units ELSE 0 END AS units`
    await returnUnits(
      deps,
      tx,
      returned.filter(({ units: returnedUnits }) => returnedUnits > 0),
    )
  }
  if (complete) await giveBackUses(deps, tx, [order.id])
  const status = complete ? 'REFUNDED' : 'PARTIALLY_REFUNDED'
  if (status !== order.status && !canBecome(order.status, status))
    throw new Error(`An order that is ${order.status} cannot be refunded.`)
  await tx.order.update({ where: { id: order.id }, data: { status, refundedMinor } })
}
