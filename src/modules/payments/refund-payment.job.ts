import type { Deps } from '../../platform/deps.ts'
import { money } from '../../platform/money.ts'
import { enqueue } from '../../platform/outbox.ts'
import { serializable } from '../../platform/serializable.ts'
import { lockOrder } from '../orders/queries.ts'
import type { PaymentGateway } from './gateway.ts'
import { MAIL_REFUND } from './mail-refund.job.ts'

export const REFUND_PAYMENT = 'refund-payment'

/** Gives back money that has no order. The refund's id is the provider's refund key, so trying again pays once. */
export async function refundPayment(
  deps: Deps & { gateway: PaymentGateway },
  { refundId }: { refundId: string },
): Promise<void> {
  const refund = await deps.prisma.refund.findUnique({ where: { id: refundId }, include: { payment: true } })
  if (refund?.status !== 'PENDING') return
  await deps.gateway.refund({
    paymentId: refund.paymentId,
    refundId,
    amount: money(refund.amountMinor, refund.currencyCode),
    reason: refund.reason,
  })
  await serializable(deps, 'refundPayment', async (tx) => {
    await lockOrder(tx, refund.orderId)
    const { count } = await tx.refund.updateMany({
      where: { id: refundId, status: 'PENDING' },
      data: { status: 'SUCCEEDED', succeededAt: deps.clock.now() },
    })
    if (count === 0) return
    await tx.payment.update({ where: { id: refund.paymentId }, data: { status: 'REFUNDED' } })
    await enqueue(deps, tx, [{ kind: MAIL_REFUND, payload: { refundId } }])
  })
}
