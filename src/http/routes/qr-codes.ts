import type { AppDeps } from '../../context.ts'
import { drawPickupQr } from '../../modules/fulfilment/pickup-code.ts'
import { drawQr } from '../../modules/tickets/qr-code.ts'
import type { QrPicture } from '../../platform/qr.ts'
import { path, type Route } from './route.ts'
import { secretHeaders } from './secret-headers.ts'

/** Pictures of tickets and of pick-up codes. */
export const qrRoutes = (deps: AppDeps): Route[] => [
  qrRoute('ticket-qr', '/tickets', 'There is no such ticket.\n', (token, format) =>
    drawQr(deps, token, format),
  ),
  qrRoute('pickup-qr', '/pickups', 'There is nothing to pick up.\n', (token, format) =>
    drawPickupQr(deps, token, format),
  ),
]

/** The token in the address is the secret, so the answer is kept by its holder alone. */
const qrRoute = (
  name: string,
  folder: string,
  missing: string,
  draw: (token: string, format: 'png' | 'svg') => Promise<QrPicture | null>,
): Route => ({
  name,
  reach: 'public',
  method: 'GET',
  path: path(`${folder}/:token/qr.:format(png|svg)`),
  async handle({ params }) {
    const qr = await draw(params['token'] ?? '', params['format'] === 'svg' ? 'svg' : 'png')
    const headers = secretHeaders({ embeddable: true })
    if (!qr) return { status: 404, headers, body: missing }
    return { status: 200, headers: { ...headers, 'Content-Type': qr.contentType }, body: qr.body }
  },
})
