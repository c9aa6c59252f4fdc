import type { Deps } from '../../platform/deps.ts'
import type { DrawsQr } from '../../platform/drawn.ts'
import type { Attachment } from '../../platform/mailer.ts'
import type { Pickup } from '../messages/channels.ts'
import { orderById } from '../orders/queries.ts'
import { liveUnits } from '../orders/refund-units.ts'
import { hasGoods } from './pickup-code.ts'
import { pickupToken } from './pickup-token.ts'

/** What the mail calls the picture of the code. */
const PICKUP_QR = 'pickup-qr'

/** What the buyer of goods shows at the booth, and for what; null for an order without goods to pick up. */
export async function mailPickup(
  deps: Pick<Deps, 'prisma' | 'settings'> & DrawsQr,
  orderId: string,
): Promise<Pickup | null> {
  const order = await orderById(deps.prisma, orderId)
  if (!order || !(await hasGoods(deps, order))) return null
  const goods = order.lines.filter((line) => line.kind === 'MERCHANDISE' && liveUnits(line) > 0)
  const picture: Attachment = {
    filename: 'pickup.png',
    contentType: 'image/png',
    cid: PICKUP_QR,
    content: await deps.drawing.qr(pickupToken(deps.settings.linkSecret, order.id), 'png', null).body(),
  }
  return { picture, items: goods.map((line) => `${liveUnits(line)} × ${line.name}`) }
}
