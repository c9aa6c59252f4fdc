// Snap: the provider's own page, on which the buyer chooses how to pay.
import { z } from 'zod'
import type { Charge } from './gateway.ts'
import { type CallTurn, type Send, unclear } from './midtrans-calls.ts'
import { details, type TimedRequest, timeLeft } from './midtrans-request.ts'

/** Less is refused. */
export const SNAP_LEAST_MINUTES = 5

const SnapPage = z.object({ token: z.string().min(1), redirect_url: z.url({ protocol: /^https?$/ }) })

/** Page and payment end with the order, to the minute. There is no transaction until the buyer has chosen. */
export async function openPage(
  send: Send,
  url: string,
  request: TimedRequest,
  turn: CallTurn,
): Promise<Charge> {
  const { at, seconds } = timeLeft(request)
  const duration = Math.max(SNAP_LEAST_MINUTES, Math.ceil(seconds / 60))
  const body = {
    ...details(request),
    expiry: { start_time: at, duration, unit: 'minute' },
    page_expiry: { duration, unit: 'minute' },
  }
  const reply = await send({ step: 'snap', url, post: { idempotencyKey: request.paymentId, body } }, turn)
  const page = SnapPage.safeParse(reply.body).data
  if (reply.code !== '201' || !page) throw unclear('snap', `answered ${reply.code} without a page`)
  return {
    transactionId: page.token,
    redirectUrl: page.redirect_url,
    qrString: null,
    vaNumber: null,
    billKey: null,
    billerCode: null,
  }
}

export function snapUrlOf(url: string): string {
  const address = new URL('/snap/v1/transactions', url)
  if (address.hostname.endsWith('.midtrans.com'))
    address.hostname = address.hostname.replace(/^api\./, 'app.')
  return address.href
}
