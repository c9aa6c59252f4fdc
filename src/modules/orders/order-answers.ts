// What the key of a placed order keeps, and how it is the same answer again.
import type { Deps } from '../../platform/deps.ts'
import { type DomainError, IdempotencyConflict } from '../../platform/errors.ts'
import type { FoundAnswer } from '../../platform/idempotency.ts'
import { orderAccessToken } from './access-token.ts'
import { type OrderView, orderInclude } from './queries.ts'

/** An order without tickets is rebuilt from its rows. One that was free is kept whole, because its tickets change. */
export type KeptAnswer = { readonly orderId: string } | OrderView

/** JSON for the key of an order that waits for payment: the order has the rest, and half of it would be a second copy. */
export const keptAnswer = (orderId: string): string => `{"orderId":"${orderId}"}`

export type OrderOutcome = { readonly order: OrderView; readonly replayed: boolean } | DomainError

/** What the keys that were found have kept, as it was answered first; by the id of the claim. */
export async function replays(
  deps: Pick<Deps, 'settings' | 'prisma'>,
  found: readonly FoundAnswer<KeptAnswer>[],
): Promise<Map<string, OrderOutcome>> {
  const ids = found.flatMap(({ conflict, value }) => (!conflict && 'orderId' in value ? value.orderId : []))
  const orders =
    ids.length > 0
      ? await deps.prisma.order.findMany({ where: { id: { in: ids } }, include: orderInclude })
      : []
  return new Map<string, OrderOutcome>(
    found.map(({ claim, conflict, value }) => {
      if (conflict) return [claim.id, new IdempotencyConflict()]
      const order = 'orderId' in value ? asPlaced(deps, orderIn(orders, value.orderId)) : value
      return [claim.id, { order, replayed: true }]
    }),
  )
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
  lines: order.lines.map((line) => ({ ...line, restockedQuantity: 0, refundedQuantity: 0 })),
  payments: [],
  tickets: [],
  refunds: [],
  accessToken: orderAccessToken(settings.linkSecret, order.id),
})
