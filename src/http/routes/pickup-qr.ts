import type { AppDeps } from '../../context.ts'
import { drawPickupQr } from '../../modules/fulfilment/pickup-code.ts'
import { path, type Route } from './route.ts'

/** The picture of a pick-up code. The token in the address is the secret, so the answer is kept by its holder alone. */
export const pickupQr = (deps: AppDeps): Route => ({
  name: 'pickup-qr',
  method: 'GET',
  path: path('/pickups/:token/qr.:format(png|svg)'),
  async handle({ params }) {
    const qr = await drawPickupQr(deps, params['token'] ?? '', params['format'] === 'svg' ? 'svg' : 'png')
    if (!qr) return { status: 404, body: 'There is nothing to pick up.\n' }
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
