import type { Deps } from '../../platform/deps.ts'
import type { Mail, Mailer } from '../../platform/mailer.ts'
import { qrPng, qrUrl } from './qr-code.ts'

export const SEND_TICKETS = 'send-tickets'

/** Mails the tickets of a paid order to its buyer. Running again sends the same mail under the same Message-ID. */
export async function sendTickets(
  deps: Deps & { mailer: Mailer },
  jobId: string,
  payload: { orderId: string },
): Promise<void> {
  const order = await deps.prisma.order.findUnique({
    where: { id: payload.orderId },
    include: {
      event: true,
      lines: { orderBy: { position: 'asc' } },
      tickets: {
        include: { ticketCategory: true, schedule: true },
        orderBy: [{ orderLineId: 'asc' }, { unit: 'asc' }],
      },
    },
  })
  // A payment may be reversed before its mail leaves.
  if (order?.status !== 'PAID') return
  const tickets = order.tickets.filter((ticket) => ticket.status !== 'REVOKED')
  const lines = order.lines.map((line) => `- ${line.quantity} × ${line.name}`)
  const described = tickets.map((ticket) =>
    [
      `${ticket.ticketCategory.name}${ticket.schedule ? `, ${ticket.schedule.name}` : ''}: ${ticket.code}`,
      qrUrl(deps.settings.publicUrl, ticket.token, 'png'),
    ].join('\n  '),
  )
  const text = [
    `Halo ${order.buyerName},`,
    '',
    `Pembayaran pesanan ${order.number} sudah kami terima.`,
    ...(order.event ? [`Acara: ${order.event.title}`] : []),
    '',
    ...lines,
    ...(described.length > 0 ? ['', 'Tunjukkan kode QR ini di gerbang:', '', ...described] : []),
    '',
    'Sampai jumpa!',
  ].join('\n')
  const attachments: Mail['attachments'] = await Promise.all(
    tickets.map(async (ticket) => ({
      filename: `tiket-${ticket.code}.png`,
      content: await qrPng(ticket.token),
    })),
  )
  await deps.mailer.send({
    id: jobId,
    to: order.buyerEmail,
    subject: `Pesanan ${order.number} lunas`,
    text,
    attachments,
  })
}
