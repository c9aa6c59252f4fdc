import { type Caller, callerKey } from '../../platform/caller.ts'
import type { Deps } from '../../platform/deps.ts'
import { type Answer, claimOf, idempotent } from '../../platform/idempotency.ts'
import { enqueue } from '../../platform/outbox.ts'
import { RefundStateRefused } from './errors.ts'
import { REFUND_PAYMENT } from './refund-payment.job.ts'
import { auditRefund, lockRefund, type RefundView, refundFor } from './staff-refund.ts'

/**
 * Asks the provider again for a refund that it refused, or whose job has given up. Under the same refund key, so that what
 * was given back after all is not given back twice.
 */
export async function retryRefund(
  deps: Deps,
  caller: Caller,
  refundId: string,
  idempotencyKey: string,
): Promise<Answer<RefundView>> {
  const { accountId, ...found } = await refundFor(deps, caller, refundId)
  const claim = claimOf(callerKey(caller, ''), 'retryRefund', idempotencyKey, { refundId })
  return idempotent(deps, claim, async (tx) => {
    const { order, refund } = await lockRefund(tx, found)
    if (refund.status !== 'FAILED' && refund.status !== 'PENDING') throw new RefundStateRefused(refund.status)
    const pending = await tx.refund.update({
      where: { id: refund.id },
      data: { status: 'PENDING', failure: null },
    })
    await enqueue(deps, tx, [{ kind: REFUND_PAYMENT, payload: { refundId: refund.id } }])
    await auditRefund(deps, tx, order.organizerId, accountId, 'refund.retry', refund.id, {})
    return { refund: pending, organizerId: order.organizerId }
  })
}
