import type { Deps } from '../../platform/deps.ts'

/**
 * Has the reconciler look at the open payments of an order at once, because nothing is to be paid any more. After the
 * commit, not in it: in a serializable transaction this would meet everybody who opens a payment. If it is lost, they are
 * looked at when their time is over.
 */
export async function checkPaymentsSoon(
  deps: Pick<Deps, 'prisma' | 'clock'>,
  orderId: string,
): Promise<void> {
  const now = deps.clock.now()
  await deps.prisma.payment.updateMany({
    where: {
      orderId,
      nextCheckAt: { gt: now },
      // On a Snap page one attempt that failed is not the end.
      OR: [{ status: 'PENDING' }, { status: { in: ['FAILED', 'EXPIRED'] }, method: 'SNAP', settledAt: null }],
    },
    data: { nextCheckAt: now },
  })
}
