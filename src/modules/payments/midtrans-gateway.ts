import { z } from 'zod'
import type { PaymentMethod } from '../../generated/prisma/enums.ts'
import type { Clock } from '../../platform/clock.ts'
import { type Money, parseDecimal } from '../../platform/money.ts'
import type { Charge, ChargeRequest, PaymentGateway } from './gateway.ts'
import { type Call, type CallOptions, type Reply, type Send, sender, unclear } from './midtrans-calls.ts'
import { orderUrl, statusCalls } from './midtrans-status.ts'
import { RefundRefused } from './refund-refused.ts'

export interface MidtransOptions extends CallOptions {
  /** The Core API without a path: https://api.midtrans.com. Snap's address follows from it. */
  readonly url: string
  readonly clock: Clock
  /** The server key before, while Midtrans replaces it: notifications on their way are signed with it. */
  readonly previousServerKey?: string | null
}

type CoreMethod = Exclude<PaymentMethod, 'SNAP'>
type TimedRequest = ChargeRequest & { readonly now: Date }

// Less is refused.
const SNAP_LEAST_MINUTES = 5

const transfer = (bank: string) => ({ payment_type: 'bank_transfer', bank_transfer: { bank } })
const WAYS: Readonly<Record<CoreMethod, object>> = {
  QRIS: { payment_type: 'qris', qris: { acquirer: 'gopay' } },
  GOPAY: { payment_type: 'gopay' },
  BCA_VA: transfer('bca'),
  BNI_VA: transfer('bni'),
  BRI_VA: transfer('bri'),
  PERMATA_VA: transfer('permata'),
  MANDIRI_BILL: { payment_type: 'echannel', echannel: { bill_info1: 'Pembayaran:', bill_info2: 'Karcis' } },
}

const Transaction = z.object({
  transaction_id: z.string().min(1),
  order_id: z.string(),
  gross_amount: z.string(),
  transaction_status: z.string(),
  qr_string: z.string().nullish(),
  actions: z.array(z.object({ name: z.string(), url: z.url() })).nullish(),
  va_numbers: z.array(z.object({ va_number: z.string().min(1) })).nullish(),
  permata_va_number: z.string().nullish(),
  bill_key: z.string().nullish(),
  biller_code: z.string().nullish(),
})
const SnapPage = z.object({ token: z.string().min(1), redirect_url: z.url({ protocol: /^https?$/ }) })
const Refunded = z.object({ order_id: z.string(), refund_key: z.string() })
const Refunds = z.object({ order_id: z.string(), refunds: z.array(z.object({ refund_key: z.string() })) })

/** Midtrans: Core API for QRIS, GoPay, virtual accounts and bills, Snap for its page, and refunds. */
export function createMidtransGateway(options: MidtransOptions): PaymentGateway {
  const { serverKey, url } = options
  const send = sender(options)
  const snapUrl = snapUrlOf(url)
  return {
    name: 'midtrans',
    serverKeys: [serverKey, ...(options.previousServerKey ? [options.previousServerKey] : [])],
    ...statusCalls(send, url),
    charge: (asked) => {
      const request = { ...asked, now: options.clock.now() }
      return asked.method === 'SNAP'
        ? openPage(send, snapUrl, request)
        : chargeCore(send, url, asked.method, request)
    },
    async refund({ paymentId, refundId, amount, reason }) {
      const body = { refund_key: refundId, amount: rupiah(amount), reason: reason.slice(0, 255) }
      const target = orderUrl(url, paymentId, 'refund')
      const reply = await send({ step: 'refund', url: target, post: { idempotencyKey: refundId, body } })
      const done = Refunded.safeParse(reply.body).data
      if (reply.code === '200' && done?.order_id === paymentId && done.refund_key === refundId) return
      // 406: the key is used. 412: nothing is left to refund, perhaps because of this very refund. The list tells.
      if (reply.code === '406' || reply.code === '412') {
        const status = await send({ step: 'status', url: orderUrl(url, paymentId, 'status') })
        const known = Refunds.safeParse(status.body).data
        if (known?.order_id === paymentId && known.refunds.some((one) => one.refund_key === refundId)) return
      }
      // 401 is our key's trouble and 406 still unclear; any other 4xx says no to this very refund.
      if (/^4(?!01|06)/.test(reply.code)) throw new RefundRefused(`Midtrans, refund: answered ${reply.code}`)
      throw unclear('refund', `answered ${reply.code}`)
    },
  }
}

async function chargeCore(send: Send, url: string, method: CoreMethod, request: TimedRequest) {
  const { at, minutes } = expiry(request, 1)
  const custom_expiry = { order_time: at, expiry_duration: minutes, unit: 'minute' }
  const body = { ...WAYS[method], ...details(request), custom_expiry }
  const post = { idempotencyKey: request.paymentId, body }
  const reply = await send({ step: 'charge', url: `${url}/v2/charge`, post })
  // 406: the order_id is used, so an earlier call got through and only its answer was lost.
  if (reply.code !== '406') return chargeOf(url, method, transactionOf('charge', reply, request))
  const status = await send({ step: 'status', url: orderUrl(url, request.paymentId, 'status') })
  return chargeOf(url, method, transactionOf('status', status, request))
}

function transactionOf(step: Call['step'], { code, body }: Reply, { paymentId, amount }: ChargeRequest) {
  if (code !== '200' && code !== '201') throw unclear(step, `answered ${code}`)
  const transaction = Transaction.safeParse(body).data
  if (!transaction) throw unclear(step, 'answered in another form than documented')
  const { order_id, gross_amount, transaction_status } = transaction
  if (order_id !== paymentId || parseDecimal(gross_amount, amount.currencyCode) !== amount.minor)
    throw unclear(step, 'answered for another order or amount')
  if (!['pending', 'settlement', 'capture'].includes(transaction_status))
    throw unclear(step, 'the transaction is over')
  return transaction
}

function chargeOf(url: string, method: CoreMethod, transaction: z.infer<typeof Transaction>): Charge {
  const action = (name: string) => transaction.actions?.find((one) => one.name === name)?.url
  const isQr = method === 'QRIS' || method === 'GOPAY'
  // A status names no actions, but the image's address follows from the id.
  const image = `${url}/v2/${method.toLowerCase()}/${encodeURIComponent(transaction.transaction_id)}/qr-code`
  const charge: Charge = {
    transactionId: transaction.transaction_id,
    qrString: transaction.qr_string ?? null,
    vaNumber: transaction.va_numbers?.[0]?.va_number ?? transaction.permata_va_number ?? null,
    billKey: transaction.bill_key ?? null,
    billerCode: transaction.biller_code ?? null,
    redirectUrl: isQr ? (action('deeplink-redirect') ?? action('generate-qr-code') ?? image) : null,
  }
  const payable = method === 'MANDIRI_BILL' ? charge.billKey && charge.billerCode : isQr || charge.vaNumber
  if (!payable) throw unclear('charge', 'answered without anything to pay by')
  return charge
}

async function openPage(send: Send, url: string, request: TimedRequest): Promise<Charge> {
  const { at, minutes } = expiry(request, SNAP_LEAST_MINUTES)
  const body = { ...details(request), expiry: { start_time: at, duration: minutes, unit: 'minute' } }
  const reply = await send({ step: 'snap', url, post: { idempotencyKey: request.paymentId, body } })
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

const details = ({ paymentId, amount, buyer }: ChargeRequest) => ({
  transaction_details: { order_id: paymentId, gross_amount: rupiah(amount) },
  customer_details: {
    first_name: buyer.name.slice(0, 255),
    email: buyer.email,
    ...(buyer.phone ? { phone: buyer.phone } : {}),
  },
})

// A refusal here is a mistake of ours, which asking again would not mend.
function rupiah({ minor, currencyCode }: Money): number {
  if (currencyCode !== 'IDR') throw new Error(`Midtrans takes rupiah, not ${currencyCode}.`)
  if (minor <= 0n || minor % 100n !== 0n) throw new Error('Midtrans takes whole rupiah, more than none.')
  return Number(minor / 100n)
}

function expiry({ now, expiresAt }: TimedRequest, leastMinutes: number): { at: string; minutes: number } {
  const minutes = Math.ceil((expiresAt.getTime() - now.getTime()) / 60_000)
  const at = `${now.toISOString().slice(0, 19).replace('T', ' ')} +0000`
  return { at, minutes: Math.max(leastMinutes, minutes) }
}

function snapUrlOf(url: string): string {
  const address = new URL('/snap/v1/transactions', url)
  if (address.hostname.endsWith('.midtrans.com'))
    address.hostname = address.hostname.replace(/^api\./, 'app.')
  return address.href
}
