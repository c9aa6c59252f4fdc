import type { Fulfilment } from '../../generated/prisma/client.ts'
import type { Deps } from '../../platform/deps.ts'
import type { Tx } from '../../platform/prisma.ts'
import { OrderStateRefused } from '../orders/errors.ts'
import type { LockedOrder, OrderAlone } from '../orders/queries.ts'
import { liveUnits } from '../orders/refund-units.ts'
import { audit } from '../organizers/audit.ts'
import { isPaid } from './fulfilment-states.ts'

/** How goods move on, and where to. */
export type Step =
  | { readonly status: 'PACKED' | 'HANDED_OVER' }
  | { readonly status: 'SHIPPED'; readonly carrier: string; readonly trackingNumber: string }

/** Whoever moves goods: staff, or a device. */
export interface Actor {
  readonly id: string
  readonly name: string
}

const ACTIONS = { PACKED: 'order.pack', HANDED_OVER: 'order.hand_over', SHIPPED: 'order.ship' } as const

/** Goods leave the house for money that stays: throws OrderStateRefused for an order that is not paid or is to be refunded. */
export function requireMoney({ status, isCalledOff }: OrderAlone): void {
  if (!isPaid(status)) throw new OrderStateRefused(status)
  if (isCalledOff) throw new OrderStateRefused('REFUNDED')
}

/** Moves lines of a locked order on, writes the trail and gives the time. Whoever calls has looked whether each may. */
export async function moveLines(
  deps: Pick<Deps, 'clock'>,
  tx: Tx,
  order: LockedOrder,
  lineIds: readonly string[],
  step: Step,
  actor: Actor,
): Promise<Date> {
  const now = deps.clock.now()
  if (lineIds.length === 0) return now
  const left = step.status === 'PACKED' ? { packedAt: now } : { deliveredAt: now, deliveredBy: actor.name }
  await tx.fulfilment.updateMany({ where: { id: { in: [...lineIds] } }, data: { ...step, ...left } })
  await audit(deps, tx, {
    organizerId: order.organizerId,
    actorId: actor.id,
    action: ACTIONS[step.status],
    targetType: 'Order',
    targetId: order.id,
    data: { ...step, lineIds },
  })
  return now
}

/** The goods of an order whose money was not given back: only these can leave the house. */
export async function goodsOf(tx: Tx, order: LockedOrder): Promise<Fulfilment[]> {
  const ids = order.lines
    .filter((line) => line.kind === 'MERCHANDISE' && liveUnits(line) > 0)
    .map(({ id }) => id)
  return tx.fulfilment.findMany({ where: { id: { in: ids } }, orderBy: { id: 'asc' } })
}
