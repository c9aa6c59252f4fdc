import { type Caller, callerKey } from '../../platform/caller.ts'
import type { Deps } from '../../platform/deps.ts'
import { type Answer, claimOf, idempotent } from '../../platform/idempotency.ts'
import { InputCheck } from '../organizers/input-check.ts'
import { completeRefund } from './complete-refund.ts'
import { RefundStateRefused } from './errors.ts'
import { auditRefund, lockRefund, type RefundView, refundFor } from './staff-refund.ts'

/**
 * Staff say that they have paid a refund by hand: one that the provider has no way for (MANUAL), or one that it refused
 * (FAILED). One that is still with the provider is refused: it would be paid twice.
 */
export async function confirmManualRefund(
  deps: Deps,
  caller: Caller,
  input: { refundId: string; reference: string },
  idempotencyKey: string,
): Promise<Answer<RefundView>> {
  const { accountId, ...found } = await refundFor(deps, caller, input.refundId)
  const check = new InputCheck('reference')
  const reference = check.line([], input.reference, 200)
  check.done()
  const claim = claimOf(callerKey(caller, ''), 'confirmManualRefund', idempotencyKey, input)
  return idempotent(deps, claim, async (tx) => {
    const { order, refund } = await lockRefund(tx, found)
    if (refund.status !== 'MANUAL' && refund.status !== 'FAILED') throw new RefundStateRefused(refund.status)
    const done = await completeRefund(deps, tx, order, refund, reference)
    await auditRefund(deps, tx, order.organizerId, accountId, 'refund.confirm', refund.id, { reference })
    return { refund: done, organizerId: order.organizerId }
  })
}
