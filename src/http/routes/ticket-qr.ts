import type { AppDeps } from '../../context.ts'
import { drawQr } from '../../modules/tickets/qr-code.ts'
import { path, type Route } from './route.ts'

/** The picture of a ticket. The token in the address is the secret, so the answer is kept by its holder alone. */
export const ticketQr = (deps: AppDeps): Route => ({
  name: 'ticket-qr',
  method: 'GET',
  path: path('/tickets/:token/qr.:format(png|svg)'),
  async handle({ params }) {
    const qr = await drawQr(deps, params['token'] ?? '', params['format'] === 'svg' ? 'svg' : 'png')
    if (!qr) return { status: 404, body: 'There is no such ticket.\n' }
    return {
      status: 200,
      headers: {
        'Content-Type': qr.contentType,
        'Cache-Control': 'private, no-store',
        'Referrer-Policy': 'no-referrer',
      },
      body: qr.body,
    }
  },
})
