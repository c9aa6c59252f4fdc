import type { Deps } from '../../platform/deps.ts'
import type { Attachment } from '../../platform/mailer.ts'
import { qrPng } from './qr-code.ts'

/** The QR code of each ticket of an order that is good, as a file named by its code. */
export async function ticketPictures(deps: Pick<Deps, 'prisma'>, orderId: string): Promise<Attachment[]> {
  const tickets = await deps.prisma.ticket.findMany({
    where: { orderId, status: { not: 'REVOKED' } },
    orderBy: [{ orderLineId: 'asc' }, { unit: 'asc' }],
    select: { code: true, token: true },
  })
  return Promise.all(
    tickets.map(async ({ code, token }) => ({
      filename: `tiket-${code}.png`,
      contentType: 'image/png',
      content: await qrPng(token),
    })),
  )
}
