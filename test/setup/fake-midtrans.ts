// A payment provider on a loopback port that speaks Midtrans' protocol, and fails when told to.
import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'

export type Fault =
  /** 500, nothing done. */
  | 'fail'
  /** 429, nothing done. */
  | 'busy'
  /** 202: an earlier call under this key is still in process. */
  | 'processing'
  /** The connection breaks before anything is done. */
  | 'drop'
  /** The connection breaks when the work is done: the answer is lost. */
  | 'lose'
  /** The work is done at once, the answer comes late. */
  | { readonly answerAfterMs: number }
  /** Says this instead, and does nothing. */
  | { readonly say: { readonly status: number; readonly body: unknown } }

export interface Seen {
  readonly method: string
  readonly path: string
  readonly idempotencyKey: string | null
  // biome-ignore lint/suspicious/noExplicitAny: a test reads what it expects, and fails where it is not there.
  readonly body: any
}

interface Order {
  readonly transactionId: string
  readonly grossAmount: string
  readonly paymentType: string
  readonly instructions: object
  status: string
  readonly refunds: { refund_key: string; refund_amount: string }[]
}

export interface FakeMidtrans {
  readonly url: string
  readonly serverKey: string
  /** Every call that came in, also those that met a fault. */
  readonly seen: readonly Seen[]
  /** Charges by order_id. A second one for an order is refused, and counted in `refusedCharges`. */
  readonly orders: ReadonlyMap<string, Order>
  readonly refusedCharges: readonly string[]
  /** What happens to the coming calls, one each; after that all goes well. */
  next(...faults: Fault[]): void
  /** The buyer paid, cancelled, let it expire. */
  become(orderId: string, status: 'settlement' | 'expire' | 'deny'): void
  /** As after five minutes. */
  forgetIdempotencyKeys(): void
  close(): Promise<void>
}

const ChargeBody = z.object({
  payment_type: z.enum(['qris', 'gopay', 'bank_transfer', 'echannel']),
  bank_transfer: z.object({ bank: z.enum(['bca', 'bni', 'bri', 'permata']) }).optional(),
  echannel: z.object({ bill_info1: z.string(), bill_info2: z.string() }).optional(),
  transaction_details: z.object({ order_id: z.string().max(50), gross_amount: z.int().min(1) }),
  customer_details: z.object({ first_name: z.string(), email: z.email(), phone: z.string().optional() }),
  custom_expiry: z.object({
    order_time: z.string().regex(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d [+-]\d{4}$/),
    expiry_duration: z.int().min(1),
    unit: z.enum(['second', 'minute', 'hour', 'day']),
  }),
})
const SnapBody = ChargeBody.pick({ transaction_details: true, customer_details: true }).extend({
  expiry: z.object({
    start_time: ChargeBody.shape.custom_expiry.shape.order_time,
    duration: z.int().min(5),
    unit: z.enum(['minute', 'hour', 'day']),
  }),
})
const RefundBody = z.object({
  refund_key: z.string().regex(/^[\w-]+$/),
  amount: z.int().min(1),
  reason: z.string().max(255),
})

interface Answer {
  readonly status: number
  readonly body: unknown
}

// Most refusals of the Core API come with HTTP 200: its body's status_code counts.
const core = (code: string, rest: object = {}): Answer => ({
  status: code === '401' ? 401 : 200,
  body: { status_code: code, status_message: `Code ${code}`, ...rest },
})

/** Starts the provider. */
export async function startFakeMidtrans(serverKey = 'SB-Mid-server-fake-0123456789'): Promise<FakeMidtrans> {
  const seen: Seen[] = []
  const faults: Fault[] = []
  const orders = new Map<string, Order>()
  const refusedCharges: string[] = []
  const stored = new Map<string, Answer>()
  let url = ''

  function charge(text: string): Answer {
    const body = ChargeBody.safeParse(JSON.parse(text)).data
    if (!body) return core('400')
    const { order_id, gross_amount } = body.transaction_details
    if (orders.has(order_id)) {
      refusedCharges.push(order_id)
      return core('406')
    }
    const transactionId = randomUUID()
    const bank = body.bank_transfer?.bank
    const order: Order = {
      transactionId,
      grossAmount: `${gross_amount}.00`,
      paymentType: body.payment_type,
      instructions: instructionsFor(body.payment_type, bank, order_id),
      status: 'pending',
      refunds: [],
    }
    orders.set(order_id, order)
    const image = { name: 'generate-qr-code', url: `${url}/v2/${body.payment_type}/${transactionId}/qr-code` }
    const link = { name: 'deeplink-redirect', url: `gojek://gopay/merchanttransfer?tref=${transactionId}` }
    const extra =
      body.payment_type === 'qris'
        ? { qr_string: `00020101${order_id}`, actions: [image] }
        : body.payment_type === 'gopay'
          ? { actions: [image, link] }
          : {}
    return core('201', { ...describe(order_id, order), ...extra })
  }

  function snap(text: string): Answer {
    const body = SnapBody.safeParse(JSON.parse(text)).data
    if (!body) return { status: 400, body: { error_messages: ['the request is not valid'] } }
    if (orders.has(body.transaction_details.order_id))
      return { status: 400, body: { error_messages: ['transaction_details.order_id sudah digunakan'] } }
    const token = randomUUID()
    return { status: 201, body: { token, redirect_url: `${url}/snap/v4/redirection/${token}` } }
  }

  function refund(orderId: string, text: string): Answer {
    const order = orders.get(orderId)
    const body = RefundBody.safeParse(JSON.parse(text)).data
    if (!order) return core('404')
    if (!body) return core('400')
    if (order.refunds.some(({ refund_key }) => refund_key === body.refund_key)) return core('406')
    if (order.status !== 'settlement' && order.status !== 'partial_refund') return core('412')
    const given = order.refunds.reduce((sum, { refund_amount }) => sum + Number(refund_amount), 0)
    const left = Number(order.grossAmount) - given - body.amount
    if (left < 0) return core('414')
    order.refunds.push({ refund_key: body.refund_key, refund_amount: `${body.amount}.00` })
    order.status = left === 0 ? 'refund' : 'partial_refund'
    return core('200', {
      ...describe(orderId, order),
      refund_key: body.refund_key,
      refund_amount: `${body.amount}.00`,
    })
  }

  function work(method: string, path: string, text: string): Answer {
    const [, orderId = '', action] = /^\/v2\/([\w-]+)\/(status|refund)$/.exec(path) ?? []
    if (method === 'POST' && path === '/v2/charge') return charge(text)
    if (method === 'POST' && path === '/snap/v1/transactions') return snap(text)
    if (method === 'POST' && action === 'refund') return refund(orderId, text)
    const order = orders.get(orderId)
    if (method !== 'GET' || action !== 'status' || !order) return core('404')
    const code = { pending: '201', expire: '407', deny: '202' }[order.status] ?? '200'
    return core(code, {
      ...describe(orderId, order),
      ...(order.refunds.length > 0 ? { refunds: order.refunds } : {}),
    })
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url: path = '' } = request
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const text = Buffer.concat(chunks).toString()
    const key = request.headers['idempotency-key']
    const idempotencyKey = typeof key === 'string' ? key : null
    seen.push({ method, path, idempotencyKey, body: text ? JSON.parse(text) : null })
    const fault = faults.shift()
    if (fault === 'drop') {
      response.destroy()
      return
    }
    const answer = mishap(fault) ?? respond(request, path, text, idempotencyKey)
    if (typeof fault === 'object' && 'answerAfterMs' in fault) await sleep(fault.answerAfterMs)
    if (fault === 'lose') {
      response.destroy()
      return
    }
    response.writeHead(answer.status, { 'Content-Type': 'application/json' })
    response.end(typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body))
  }

  function respond(request: IncomingMessage, path: string, text: string, key: string | null): Answer {
    const expected = `Basic ${Buffer.from(`${serverKey}:`).toString('base64')}`
    if (request.headers.authorization !== expected) return core('401')
    if (request.method === 'GET') return work('GET', path, text)
    // Midtrans takes calls without a key, and ignores a key that is too long. Ours has one that counts.
    if (!key || key.length > 46) return core('400')
    if (request.headers['content-type'] !== 'application/json') return core('400')
    const before = stored.get(key)
    if (before) return before
    const answer = work('POST', path, text)
    const isSuccess = JSON.stringify(answer.body).includes('"status_code":"20') || answer.status === 201
    // Permata's virtual accounts are not covered by the key.
    if (isSuccess && !text.includes('permata')) stored.set(key, answer)
    return answer
  }

  const server = createServer((request, response) => {
    handle(request, response).catch(() => response.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  url = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`
  return {
    url,
    serverKey,
    seen,
    orders,
    refusedCharges,
    next: (...coming) => void faults.push(...coming),
    become(orderId, status) {
      const order = orders.get(orderId)
      if (!order) throw new Error(`There is no charge for ${orderId}.`)
      order.status = status
    },
    forgetIdempotencyKeys: () => stored.clear(),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function mishap(fault: Fault | undefined): Answer | null {
  if (fault === 'fail') return { status: 500, body: { status_code: '500' } }
  if (fault === 'busy') return { status: 429, body: { status_code: '429' } }
  if (fault === 'processing') return { status: 202, body: {} }
  return typeof fault === 'object' && 'say' in fault ? fault.say : null
}

function instructionsFor(paymentType: string, bank: string | undefined, orderId: string): object {
  const digits = orderId.replace(/\D/g, '').padEnd(12, '0').slice(0, 12)
  if (paymentType === 'echannel') return { bill_key: digits, biller_code: '70012' }
  if (bank === 'permata') return { permata_va_number: `8562${digits}` }
  return bank ? { va_numbers: [{ bank, va_number: `8808${digits}` }] } : {}
}

const describe = (orderId: string, order: Order): object => ({
  order_id: orderId,
  transaction_id: order.transactionId,
  gross_amount: order.grossAmount,
  currency: 'IDR',
  payment_type: order.paymentType,
  transaction_status: order.status,
  fraud_status: 'accept',
  ...order.instructions,
})
