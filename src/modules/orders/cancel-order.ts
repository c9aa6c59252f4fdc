import { type Caller, callerKey } from '../../platform/caller.ts'
import type { Deps } from '../../platform/deps.ts'
import { invalid, NotFound } from '../../platform/errors.ts'
import { type Answer, claimOf, idempotent } from '../../platform/idempotency.ts'
import type { Tx } from '../../platform/prisma.ts'
import type { TxOptions } from '../../platform/serializable.ts'
import { audit } from '../organizers/audit.ts'
import { checkPaymentsSoon } from './check-payments-soon.ts'
import { OrderStateRefused } from './errors.ts'
import { forBuyer, showsSecrets } from './order-secrets.ts'
import { canBecome } from './order-states.ts'
import { findOrder, lockOrder, type OrderView, orderById } from './queries.ts'
import { releaseOrders } from './release-order.ts'
import { lockFreeStock, whenStockIsFree } from './stock-lane.ts'

export interface CancelOrderInput {
  readonly orderId: string
  readonly accessToken?: string | null
  readonly reason?: string | null
}

// PostgreSQL keeps no U+0000 and no half surrogate pair.
const REASON = /^[^\0\p{Cs}]{1,500}$/u

/** Cancels an unpaid order and gives its stock back. Cancelling again changes nothing. */
export async function cancelOrder(
  deps: Deps,
  caller: Caller,
  input: CancelOrderInput,
  idempotencyKey: string,
): Promise<Answer<OrderView>> {
  const visible = await findOrder(deps, caller, input.orderId, input.accessToken, 'order.refund')
  if (!visible) throw new NotFound('The order', ['input', 'orderId'])
  if (input.reason && !REASON.test(input.reason)) {
    throw invalid(['input', 'reason'], 'A reason has at most 500 characters.')
  }
  const claim = claimOf(callerKey(caller, visible.buyerEmail), 'cancelOrder', idempotencyKey, input)
  const once = async (tx: Tx) => {
    if (visible.status === 'PENDING_PAYMENT') await lockFreeStock(tx, visible.lines)
    const order = await lockOrder(tx, visible.id)
    if (!order) throw new NotFound('The order', ['input', 'orderId'])
    if (order.status !== 'CANCELLED') {
      if (!canBecome(order.status, 'CANCELLED')) throw new OrderStateRefused(order.status)
      await releaseOrders(deps, tx, [order.id], 'CANCELLED', input.reason ?? null)
      if (caller.kind === 'account' && !showsSecrets(visible)) {
        await audit(deps, tx, {
          organizerId: order.organizerId,
          actorId: caller.accountId,
          action: 'order.cancel',
          targetType: 'Order',
          targetId: order.id,
          data: { number: order.number, reason: input.reason ?? null },
        })
      }
    }
    return (await orderById(tx, order.id)) ?? visible
  }
  const cancel = (options?: TxOptions) => idempotent(deps, claim, once, options)
  const answer = await (visible.status === 'PENDING_PAYMENT'
    ? whenStockIsFree(deps, visible, cancel)
    : cancel())
  if (!answer.replayed) await checkPaymentsSoon(deps, visible.id)
  // A stored answer says nothing of who asks now.
  return showsSecrets(visible) ? { ...answer, value: forBuyer(answer.value) } : answer
}
