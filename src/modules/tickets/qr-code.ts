import qrcode from 'qrcode'
import type { Deps } from '../../platform/deps.ts'
import { verifyTicket } from './verify-ticket.ts'

// Medium correction survives a cracked screen; the quiet zone of four modules is ISO/IEC 18004's.
const OPTIONS = { errorCorrectionLevel: 'M', margin: 4 } as const

export const qrPng = (token: string): Promise<Buffer> => qrcode.toBuffer(token, { ...OPTIONS, scale: 6 })

export const qrSvg = (token: string): Promise<string> => qrcode.toString(token, { ...OPTIONS, type: 'svg' })

/** The same code as modules, 1 for dark, without its quiet zone: for what draws it itself. */
export const qrMatrix = (token: string): { size: number; data: ArrayLike<number> } =>
  qrcode.create(token, OPTIONS).modules

/** The address of a ticket's QR code. Only who holds the signed token can write it. */
export const qrUrl = (publicUrl: string, token: string, format: 'png' | 'svg'): string =>
  `${publicUrl}/tickets/${token}/qr.${format}`

/** The QR code of a genuine ticket that is not revoked; null for anything else. */
export async function drawQr(
  deps: Deps,
  token: string,
  format: 'png' | 'svg',
): Promise<{ contentType: string; body: Buffer | string } | null> {
  const claims = await verifyTicket(deps, token)
  if (!claims) return null
  const ticket = await deps.prisma.ticket.findUnique({ where: { id: claims.ticketId } })
  if (!ticket || ticket.status === 'REVOKED' || ticket.version !== claims.version) return null
  return format === 'png'
    ? { contentType: 'image/png', body: await qrPng(token) }
    : { contentType: 'image/svg+xml', body: await qrSvg(token) }
}
