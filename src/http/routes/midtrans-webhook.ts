import type { AppDeps } from '../../context.ts'
import { type Received, receiveNotification } from '../../modules/payments/receive-notification.ts'
import { json, path, type Route } from './route.ts'

// Midtrans repeats what is not answered with 2xx, so only what a repetition could change is refused.
const STATUS: Readonly<Record<Received, number>> = {
  applied: 200,
  unchanged: 200,
  malformed: 400,
  wrong_amount: 400,
  forged: 403,
  unknown: 404,
}

export const midtransWebhook = (deps: AppDeps): Route => ({
  name: 'webhook-midtrans',
  method: 'POST',
  path: path('/webhooks/midtrans'),
  async handle({ body }) {
    const received = await receiveNotification(deps, body.toString('utf8'))
    return json(STATUS[received], { status: received })
  },
})
