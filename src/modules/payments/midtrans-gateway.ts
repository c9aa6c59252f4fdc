import { z } from 'zod'
import type { Clock } from '../../platform/clock.ts'
import type { PaymentGateway } from './gateway.ts'
import { type CallOptions, type CallTurn, CHECK, REFUND, sender, unclear } from './midtrans-calls.ts'
import { chargeCore } from './midtrans-charge.ts'
import { rupiah } from './midtrans-request.ts'
import { openPage, snapUrlOf } from './midtrans-snap.ts'
import { orderUrl, statusCalls } from './midtrans-status.ts'
import { isAnswerFor } from './provider-word.ts'
import { RefundRefused } from './refund-refused.ts'

export interface MidtransOptions extends CallOptions {
  /** The Core API without a path: https://api.midtrans.com. Snap's address follows from it. */
  readonly url: string
  readonly clock: Clock
  /** The server key before, while Midtrans replaces it: notifications on their way are signed with it. */
  readonly previousServerKey?: string | null
}

const About = z.object({ order_id: z.string(), transaction_id: z.string().nullish() })
const Refunded = About.extend({ refund_key: z.string() })
const Refunds = About.extend({ refunds: z.array(z.object({ refund_key: z.string().nullish() })) })

/** Midtrans: Core API for QRIS, GoPay, virtual accounts and bills, Snap for its page, and refunds. */
export function createMidtransGateway(options: MidtransOptions): PaymentGateway {
  const { serverKey, url } = options
  const send = sender(options)
  const snapUrl = snapUrlOf(url)
  return {
    name: 'midtrans',
    serverKeys: [serverKey, ...(options.previousServerKey ? [options.previousServerKey] : [])],
    ...statusCalls(send, url),
    charge: (asked, asker) => {
      const request = { ...asked, now: options.clock.now() }
      const turn: CallTurn = asker ? { share: 'charges', key: asker.network } : CHECK
      return asked.method === 'SNAP'
        ? openPage(send, snapUrl, request, turn)
        : chargeCore(send, url, asked.method, request, turn)
    },
    async refund({ paymentId, refundId, amount, reason }) {
      const body = { refund_key: refundId, amount: rupiah(amount), reason: reason.slice(0, 255) }
      const target = orderUrl(url, paymentId, 'refund')
      const reply = await send(
        { step: 'refund', url: target, post: { idempotencyKey: refundId, body } },
        REFUND,
      )
      const done = Refunded.safeParse(reply.body).data
      if (reply.code === '200' && done && isAnswerFor(paymentId, done) && done.refund_key === refundId) return
      // 406: the key is used. 412: nothing is left to refund, perhaps because of this very refund. The list tells.
      if (reply.code === '406' || reply.code === '412') {
        const status = await send({ step: 'status', url: orderUrl(url, paymentId, 'status') }, REFUND)
        const known = Refunds.safeParse(status.body).data
        if (
          known &&
          isAnswerFor(paymentId, known) &&
          known.refunds.some((one) => one.refund_key === refundId)
        )
          return
      }
      // 401 is our key's trouble and 406 still unclear; any other 4xx says no to this very refund.
      if (/^4(?!01|06)/.test(reply.code)) throw new RefundRefused(`Midtrans, refund: answered ${reply.code}`)
      throw unclear('refund', `answered ${reply.code}`)
    },
  }
}
