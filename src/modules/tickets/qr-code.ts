import type { Deps } from '../../platform/deps.ts'
import type { Drawn, DrawsQr, QrFormat } from '../../platform/drawn.ts'
import { verifyTicket } from './verify-ticket.ts'

/** The address of a ticket's QR code. Only who holds the signed token can write it. */
export const qrUrl = (publicUrl: string, token: string, format: 'png' | 'svg'): string =>
  `${publicUrl}/tickets/${token}/qr.${format}`

/** The QR code of a genuine ticket that is not revoked; null for anything else. `network`: who asks. */
export async function drawQr(
  deps: Deps & DrawsQr,
  token: string,
  format: QrFormat,
  network: string,
): Promise<Drawn | null> {
  const claims = await verifyTicket(deps, token)
  if (!claims) return null
  const ticket = await deps.prisma.ticket.findUnique({ where: { id: claims.ticketId } })
  if (!ticket || ticket.status === 'REVOKED' || ticket.version !== claims.version) return null
  return deps.drawing.qr(token, format, network)
}
