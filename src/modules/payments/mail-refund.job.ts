import type { MessageDeps, SentFor } from '../messages/channels.ts'
import { tell } from '../messages/tell.ts'

/** Tells the buyer that money went back, how and why. Each refund is told of once. */
export async function mailRefund(
  deps: MessageDeps,
  { refundId }: { refundId: string },
  sentFor: SentFor,
): Promise<void> {
  const refund = await deps.prisma.refund.findUnique({
    where: { id: refundId },
    select: { orderId: true },
  })
  if (!refund) return
  await tell(deps, { cause: 'ORDER_REFUNDED', causeId: refundId, orderId: refund.orderId }, sentFor)
}
