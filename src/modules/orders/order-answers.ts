// What the key of a placed order keeps, and how it is the same answer again.
import type { Deps } from '../../platform/deps.ts'
import { IdempotencyConflict } from '../../platform/errors.ts'
import type { FoundAnswer } from '../../platform/idempotency.ts'
import type { Tx } from '../../platform/prisma.ts'
import { orderAccessToken } from './access-token.ts'
import { type OrderView, orderInclude } from './queries.ts'

/** An order without tickets is rebuilt from its rows. One that was free is kept whole, because its tickets change. */
export type KeptAnswer = { readonly orderId: string } | OrderView

/** JSON for the key of an order that waits for payment: the order has the rest, and half of it would be a second copy. */
export const keptAnswer = ({ id }: OrderView): string => `{"orderId":"${id}"}`

/** The answers that were found, as they were given first. */
export async function replays(
  deps: Pick<Deps, 'settings'>,
  client: Pick<Tx, 'order'>,
  found: readonly FoundAnswer<KeptAnswer>[],
): Promise<Map<string, OrderView | IdempotencyConflict>> {
  const ids = found.flatMap(({ conflict, value }) => (!conflict && 'orderId' in value ? value.orderId : []))
  const orders =
    ids.length > 0 ? await client.order.findMany({ where: { id: { in: ids } }, include: orderInclude }) : []
  const answers = new Map<string, OrderView | IdempotencyConflict>()
  for (const { claim, conflict, value } of found) {
    if (conflict) answers.set(claim.id, new IdempotencyConflict())
    else if ('orderId' in value) answers.set(claim.id, asPlaced(deps, orderIn(orders, value.orderId)))
    else answers.set(claim.id, value)
  }
  return answers
}

function orderIn(orders: readonly OrderView[], id: string): OrderView {
  const order = orders.find((one) => one.id === id)
  if (!order) throw new Error('The order of an idempotency key is gone.')
  return order
}

/** An unpaid order as it was when it was placed, whatever has become of it. */
const asPlaced = ({ settings }: Pick<Deps, 'settings'>, order: OrderView): OrderView => ({
  ...order,
  status: 'PENDING_PAYMENT',
  refundedMinor: 0n,
  cancelReason: null,
  paidAt: null,
  releasedAt: null,
  lines: order.lines.map((line) => ({ ...line, restockedQuantity: 0 })),
  payments: [],
  tickets: [],
  accessToken: orderAccessToken(settings.linkSecret, order.id),
})
