import type { Deps } from '../../platform/deps.ts'
import type { Drawn, DrawsQr, QrFormat } from '../../platform/drawn.ts'
import { showsSecrets } from '../orders/order-secrets.ts'
import { type OrderView, orderById } from '../orders/queries.ts'
import { liveUnits } from '../orders/refund-units.ts'
import { isOpen, isPaid } from './fulfilment-states.ts'
import { orderOfPickup, pickupToken } from './pickup-token.ts'
import { fulfilmentOf } from './queries.ts'

type Reads = Pick<Deps, 'prisma' | 'settings'>

/** The buyer's token while there are goods to pick up; null for everybody else, who could collect what they do not own. */
export async function pickupTokenOf(deps: Reads, order: OrderView): Promise<string | null> {
  if (!showsSecrets(order)) return null
  return (await hasGoods(deps, order)) ? pickupToken(deps.settings.linkSecret, order.id) : null
}

/** The address of a pick-up code's picture. Only who holds the token can write it. */
export const pickupQrUrl = (publicUrl: string, token: string, format: 'png' | 'svg'): string =>
  `${publicUrl}/pickups/${token}/qr.${format}`

/** The QR code of a genuine token whose order has goods to pick up; null for anything else. `network`: who asks. */
export async function drawPickupQr(
  deps: Reads & DrawsQr,
  token: string,
  format: QrFormat,
  network: string,
): Promise<Drawn | null> {
  const orderId = orderOfPickup(deps.settings, token)
  const order = orderId && (await orderById(deps.prisma, orderId))
  if (!order || !(await hasGoods(deps, order))) return null
  return deps.drawing.qr(token, format, network)
}

/** Whether it has goods that are paid and still to be picked up. */
export async function hasGoods(deps: Reads, order: OrderView): Promise<boolean> {
  if (!isPaid(order.status)) return false
  const live = order.lines.filter((line) => liveUnits(line) > 0)
  const goods = await Promise.all(live.map((line) => fulfilmentOf(deps, order, line)))
  return goods.some((one) => one !== null && isOpen(one.status))
}
