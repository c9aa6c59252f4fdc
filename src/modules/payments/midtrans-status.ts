// What became of a payment at Midtrans, and its end there.
import type { PaymentGateway } from './gateway.ts'
import { type Call, CHECK, type Send, unclear } from './midtrans-calls.ts'
import { isAnswerFor, parseWord, type Said } from './provider-word.ts'

type Step = 'status' | 'cancel' | 'expire'

// 200, 201, 202 and 407 only say what the transaction is: paid, pending, denied, expired.
const TOLD = new Set(['200', '201', '202', '407'])

export const orderUrl = (url: string, orderId: string, action: Call['step']): string =>
  `${url}/v2/${encodeURIComponent(orderId)}/${action}`

export function statusCalls(send: Send, url: string): Pick<PaymentGateway, Step> {
  async function ask(step: Step, paymentId: string): Promise<Said | null> {
    // Without an idempotency key: what was true a moment ago would be said again, and ending twice does no harm.
    const post = step === 'status' ? {} : { post: { body: {} } }
    const { code, body } = await send({ step, url: orderUrl(url, paymentId, step), ...post }, CHECK)
    // 404: no charge, or a Snap page on which nothing was chosen yet. 412: it is over, whichever way.
    if (code === '404' || (step !== 'status' && code === '412')) return null
    if (!TOLD.has(code)) throw unclear(step, `answered ${code}`)
    const word = parseWord(body)
    if (!word) throw unclear(step, 'answered in another form than documented')
    if (!isAnswerFor(paymentId, word)) throw unclear(step, 'answered for another order')
    return { word, body: JSON.stringify(body) }
  }
  return {
    status: (paymentId) => ask('status', paymentId),
    cancel: (paymentId) => ask('cancel', paymentId),
    expire: (paymentId) => ask('expire', paymentId),
  }
}
