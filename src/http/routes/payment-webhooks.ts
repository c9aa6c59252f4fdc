import type { AppDeps } from '../../context.ts'
import { type Received, receiveNotification } from '../../modules/payments/receive-notification.ts'
import { type AddressRanges, isFrom } from '../client-ip.ts'
import { json, path, type Route, type RouteRequest } from './route.ts'

// Midtrans repeats what is not answered with 2xx, so only what a repetition could change is refused.
const STATUS: Readonly<Record<Received, number>> = {
  applied: 200,
  unchanged: 200,
  challenged: 200,
  unknown_status: 200,
  unclear_refund: 200,
  undocumented: 200,
  other_transaction: 200,
  // The reconciler asks: a repetition would add nothing.
  unconfirmed: 200,
  // Kept, with an alarm. So is what follows, but for what is not genuine.
  wrong_amount: 200,
  unreadable: 200,
  too_many: 200,
  test: 200,
  malformed: 400,
  forged: 403,
  unknown: 404,
}

/** `sources`: where notifications may come from; null: from anywhere. */
export const midtransWebhook = (deps: AppDeps, sources: AddressRanges | null): Route => ({
  ...webhook(deps, 'midtrans'),
  async handle(request) {
    if (!sources || isFrom(request.clientIp, sources)) return take(deps, request)
    deps.metrics.notifications.inc({ outcome: 'foreign_source' })
    return json(403, { status: 'foreign_source' })
  },
})

/** The same for the sandbox provider. Not there in production. */
export const sandboxWebhook = (deps: AppDeps): Route => webhook(deps, 'sandbox')

const webhook = (deps: AppDeps, provider: string): Route => ({
  name: `webhook-${provider}`,
  reach: 'public',
  method: 'POST',
  path: path(`/webhooks/${provider}`),
  handle: (request) => take(deps, request),
})

async function take(deps: AppDeps, { body }: RouteRequest) {
  const received = await receiveNotification(deps, body)
  return json(STATUS[received], { status: received })
}
