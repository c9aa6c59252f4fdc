import type { Deps } from '../../platform/deps.ts'
import type { Mailer } from '../../platform/mailer.ts'
import { money, toDecimal } from '../../platform/money.ts'

export const MAIL_REFUND = 'mail-refund'

/** Tells the buyer that money went back, and why. */
export async function mailRefund(
  deps: Deps & { mailer: Mailer },
  jobId: string,
  { refundId }: { refundId: string },
): Promise<void> {
  const refund = await deps.prisma.refund.findUnique({ where: { id: refundId }, include: { order: true } })
  if (!refund) return
  const { order } = refund
  const text = [
    `Halo ${order.buyerName},`,
    '',
    `Dana ${refund.currencyCode} ${toDecimal(money(refund.amountMinor, refund.currencyCode))} untuk pesanan ${order.number} dikembalikan.`,
    `Alasan: ${refund.reason}.`,
  ].join('\n')
  await deps.mailer.send({
    id: jobId,
    to: order.buyerEmail,
    subject: `Dana pesanan ${order.number} dikembalikan`,
    text,
    attachments: [],
  })
}
