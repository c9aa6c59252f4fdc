import type { Fulfilment } from '../../generated/prisma/client.ts'
import { type AccountCaller, type Caller, callerKey, type DeviceCaller } from '../../platform/caller.ts'
import type { Deps } from '../../platform/deps.ts'
import { Forbidden, Unauthenticated } from '../../platform/errors.ts'
import { type Answer, claimOf, idempotent } from '../../platform/idempotency.ts'
import type { Tx } from '../../platform/prisma.ts'
import { lockOrder } from '../orders/queries.ts'
import { liveUnits } from '../orders/refund-units.ts'
import { isStaff, may } from '../organizers/permissions.ts'
import { isGarbled, readingsOf, readScanned } from '../tickets/read-scanned.ts'
import { AlreadyDelivered, PickupInvalid } from './errors.ts'
import { isOpen } from './fulfilment-states.ts'
import { type Actor, goodsOf, moveLines, requireMoney } from './move-lines.ts'
import { orderOfPickup, TOKEN } from './pickup-token.ts'

/** What a booth gave out. */
export interface Pickup {
  readonly orderNumber: string
  readonly buyerName: string
  readonly items: readonly { readonly name: string; readonly quantity: number }[]
  readonly handedOverAt: Date
  readonly handedOverBy: string
}

/**
 * Hands over all goods of an order that are still in the house, once. The second scan is told when and by whom. Throws
 * PickupInvalid, which is also the answer for another organizer's order, AlreadyDelivered and OrderStateRefused.
 */
export async function handOverPickup(
  deps: Deps,
  caller: Caller,
  given: string,
  idempotencyKey: string,
): Promise<Answer<Pickup>> {
  if (caller.kind === 'guest') throw new Unauthenticated()
  const token = readScanned(given)
  const claim = claimOf(callerKey(caller, ''), 'handOverPickup', idempotencyKey, { token })
  const orderId = orderIn(deps.settings, token)
  const order =
    orderId &&
    (await deps.prisma.order.findUnique({ where: { id: orderId }, select: { id: true, organizerId: true } }))
  if (!order) throw new PickupInvalid()
  const actor = await boothOf(deps, caller, order.organizerId)
  return idempotent(deps, claim, (tx) => handOver(deps, tx, order.id, actor))
}

/** The order of a token as scanners send it; null for anything else. Throws PickupInvalid where it cannot be read. */
function orderIn(settings: Deps['settings'], scanned: string): string | null {
  for (const reading of readingsOf(scanned, TOKEN)) {
    const orderId = orderOfPickup(settings, reading)
    if (orderId) return orderId
  }
  if (isGarbled(scanned)) throw new PickupInvalid(UNREADABLE)
  return null
}

const UNREADABLE =
  'The scanner types in another keyboard layout. Set it to the layout of this device and switch caps lock off.'

/** A scanner of any gate of the organizer, or staff who pack or scan: a signed token is proof enough to give goods out. */
async function boothOf(
  { prisma }: Pick<Deps, 'prisma'>,
  caller: AccountCaller | DeviceCaller,
  organizerId: string,
): Promise<Actor> {
  if (caller.kind === 'device') {
    if (caller.organizerId !== organizerId) throw new PickupInvalid()
    const device = await prisma.gateDevice.findUnique({
      where: { id: caller.deviceId },
      select: { name: true },
    })
    return { id: caller.deviceId, name: device?.name ?? '' }
  }
  if (!isStaff(caller, organizerId)) throw new PickupInvalid()
  if (!may(caller, organizerId, 'merchandise.fulfil') && !may(caller, organizerId, 'check_in.write'))
    throw new Forbidden('merchandise.fulfil')
  return { id: caller.accountId, name: caller.name }
}

async function handOver(deps: Deps, tx: Tx, orderId: string, actor: Actor): Promise<Pickup> {
  const order = await lockOrder(tx, orderId)
  if (!order) throw new PickupInvalid()
  requireMoney(order)
  const goods = await goodsOf(tx, order)
  const ids = goods.filter(({ status }) => isOpen(status)).map(({ id }) => id)
  if (ids.length === 0) throw deliveredBefore(goods)
  const handedOverAt = await moveLines(deps, tx, order, ids, { status: 'HANDED_OVER' }, actor)
  return {
    orderNumber: order.number,
    buyerName: order.buyerName,
    items: order.lines
      .filter(({ id }) => ids.includes(id))
      .map((line) => ({ name: line.name, quantity: liveUnits(line) })),
    handedOverAt,
    handedOverBy: actor.name,
  }
}

/** Why there is nothing left to hand over. */
function deliveredBefore(goods: readonly Fulfilment[]): AlreadyDelivered | PickupInvalid {
  const [first] = goods
    .flatMap(({ status, deliveredAt, deliveredBy }) =>
      deliveredAt && deliveredBy ? { status, deliveredAt, deliveredBy } : [],
    )
    .sort((a, b) => a.deliveredAt.getTime() - b.deliveredAt.getTime())
  return first
    ? new AlreadyDelivered(first.status, first.deliveredAt, first.deliveredBy)
    : new PickupInvalid()
}
