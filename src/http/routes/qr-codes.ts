import type { AppDeps } from '../../context.ts'
import { drawPickupQr } from '../../modules/fulfilment/pickup-code.ts'
import { drawQr } from '../../modules/tickets/qr-code.ts'
import type { Drawn, QrFormat } from '../../platform/drawn.ts'
import { drawnReply, tooOften } from './drawn-reply.ts'
import { path, type Route } from './route.ts'
import { secretHeaders } from './secret-headers.ts'

/** Pictures of tickets and of pick-up codes. */
export const qrRoutes = (deps: AppDeps): Route[] => [
  qrRoute(deps, 'ticket-qr', '/tickets', 'There is no such ticket.\n', drawQr),
  qrRoute(deps, 'pickup-qr', '/pickups', 'There is nothing to pick up.\n', drawPickupQr),
]

const TYPES: Readonly<Record<QrFormat, string>> = { png: 'image/png', svg: 'image/svg+xml' }

/** The token in the address is the secret, so the answer is kept by its holder alone. */
const qrRoute = (
  deps: AppDeps,
  name: string,
  folder: string,
  missing: string,
  draw: (deps: AppDeps, token: string, format: QrFormat, network: string) => Promise<Drawn | null>,
): Route => ({
  name,
  reach: 'public',
  method: 'GET',
  path: path(`${folder}/:token/qr.:format(png|svg)`),
  handle: drawnReply(deps, async ({ params, network, token }) => {
    const format = params['format'] === 'svg' ? 'svg' : 'png'
    const content = await draw(deps, token, format, network)
    const headers = secretHeaders({ embeddable: true })
    if (!content) return { status: 404, headers, body: missing }
    const refused = await tooOften(deps, token)
    return refused ?? { content, headers: { ...headers, 'Content-Type': TYPES[format] } }
  }),
})
