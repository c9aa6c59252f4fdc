import type { Deps } from '../../platform/deps.ts'
import { money } from '../../platform/money.ts'
import { serializable } from '../../platform/serializable.ts'
import { lockOrder } from '../orders/queries.ts'
import { completeRefund } from './complete-refund.ts'
import type { PaymentGateway } from './gateway.ts'
import { RefundRefused } from './refund-refused.ts'

export const REFUND_PAYMENT = 'refund-payment'

/**
 * Asks the provider to give a refund's money back. The refund's id is the provider's refund key, so trying again pays once.
 * Where the provider refuses for good the refund is FAILED, for staff to see.
 */
export async function refundPayment(
  deps: Deps & { gateway: PaymentGateway },
  { refundId }: { refundId: string },
): Promise<void> {
  const refund = await deps.prisma.refund.findUnique({ where: { id: refundId }, include: { payment: true } })
  if (refund?.status !== 'PENDING') return
  const failure =
    refund.payment.gateway === deps.gateway.name
      ? await deps.gateway
          .refund({
            paymentId: refund.paymentId,
            refundId,
            amount: money(refund.amountMinor, refund.currencyCode),
            reason: refund.reason,
          })
          .then(() => null, refusalIn)
      : `The payment was taken through ${refund.payment.gateway}.`
  if (failure) deps.log.warn({ refundId, failure }, 'the payment provider refused a refund')
  await serializable(deps, 'refundPayment', async (tx) => {
    const order = await lockOrder(tx, refund.orderId)
    const current = await tx.refund.findUnique({ where: { id: refundId } })
    // The provider's own notification may have been quicker, or the bank.
    if (!order || current?.status !== 'PENDING') return
    if (failure) await tx.refund.update({ where: { id: refundId }, data: { status: 'FAILED', failure } })
    else await completeRefund(deps, tx, order, current)
  })
}

/** Why a refund was refused for good. Throws what asking again may mend. */
function refusalIn(error: unknown): string {
  if (error instanceof RefundRefused) return error.message
  throw error
}
