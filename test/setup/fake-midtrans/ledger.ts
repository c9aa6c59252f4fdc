// What Midtrans knows of its transactions, and what it answers.
import { randomUUID } from 'node:crypto'
import { ChargeBody, RefundBody, SnapBody } from './bodies.ts'

interface Refund {
  readonly refund_key?: string
  readonly refund_chargeback_id?: number
  readonly refund_amount: string
  readonly bank_confirmed_at?: string
}

export interface Order {
  transactionId: string
  grossAmount: string
  /** What the provider added for itself. */
  fee: number
  /** Its answers have its own id in the place of order_id, as for DANA and some banks. */
  answersOwnId: boolean
  readonly paymentType: string
  readonly instructions: object
  status: string
  fraudStatus: string
  refunds: Refund[]
}

export interface Answer {
  readonly status: number
  readonly body: unknown
  readonly headers?: Readonly<Record<string, string>>
}

// Most refusals of the Core API come with HTTP 200: its body's status_code counts.
export const core = (code: string, rest: object = {}): Answer => ({
  status: code === '401' ? 401 : 200,
  body: { status_code: code, status_message: `Code ${code}`, ...rest },
})

export const codeOf = ({ status, fraudStatus }: Order): string =>
  fraudStatus === 'challenge'
    ? '201'
    : ({ pending: '201', expire: '407', deny: '202', failure: '202' }[status] ?? '200')

export const describe = (orderId: string, order: Order): object => ({
  order_id: orderId,
  transaction_id: order.transactionId,
  gross_amount: order.grossAmount,
  currency: 'IDR',
  payment_type: order.paymentType,
  transaction_status: order.status,
  fraud_status: order.fraudStatus,
  ...order.instructions,
  ...(order.refunds.length > 0 ? { refunds: order.refunds } : {}),
  ...(order.fee > 0 ? { metadata: { extra_info: { gross_amount_info: feeOf(order) } } } : {}),
})

const feeOf = ({ grossAmount, fee }: Order) => ({
  original_amount: String(Number(grossAmount) - fee),
  gross_amount: String(Number(grossAmount)),
  customer_imposed_payment_fee: String(fee),
})

/** What it answers, where it was asked for an order. */
const answered = (orderId: string, order: Order): object =>
  describe(order.answersOwnId ? order.transactionId : orderId, order)

export type Bank = 'bca' | 'bni' | 'bri' | 'permata'

export class Ledger {
  readonly orders = new Map<string, Order>()
  readonly pages = new Map<string, number>()
  readonly refusedCharges: string[] = []
  /** Snap pages that we have ended. */
  readonly closed = new Set<string>()
  private readonly address: () => string

  constructor(address: () => string) {
    this.address = address
  }

  find(orderId: string): Order {
    const order = this.orders.get(orderId)
    if (!order) throw new Error(`There is no charge for ${orderId}.`)
    return order
  }

  open(orderId: string, amount: number, paymentType: string, bank?: Bank): Order {
    const order: Order = {
      transactionId: randomUUID(),
      grossAmount: `${amount}.00`,
      paymentType,
      instructions: instructionsFor(paymentType, bank, orderId),
      fee: 0,
      answersOwnId: false,
      status: 'pending',
      fraudStatus: 'accept',
      refunds: [],
    }
    this.orders.set(orderId, order)
    return order
  }

  work(method: string, path: string, text: string): Answer {
    const [, orderId = '', action = ''] = /^\/v2\/([\w-]+)\/(status|refund|cancel|expire)$/.exec(path) ?? []
    if (method === 'POST' && path === '/v2/charge') return this.charge(text)
    if (method === 'POST' && path === '/snap/v1/transactions') return this.snap(text)
    const order = this.orders.get(orderId)
    if (!order || (method === 'GET') !== (action === 'status')) return core('404')
    if (action === 'refund') return this.refund(orderId, order, text)
    if (action === 'status') return core(codeOf(order), answered(orderId, order))
    if (order.status !== 'pending') return core('412')
    order.status = action
    this.closed.add(orderId)
    return core(codeOf(order), answered(orderId, order))
  }

  private charge(text: string): Answer {
    const body = ChargeBody.safeParse(JSON.parse(text)).data
    if (!body) return core('400')
    const { order_id, gross_amount } = body.transaction_details
    if (this.orders.has(order_id)) {
      this.refusedCharges.push(order_id)
      return core('406')
    }
    const order = this.open(order_id, gross_amount, body.payment_type, body.bank_transfer?.bank)
    const { transactionId } = order
    const image = `${this.address()}/v2/${body.payment_type}/${transactionId}/qr-code`
    const actions = [{ name: 'generate-qr-code', url: image }]
    const link = { name: 'deeplink-redirect', url: `gojek://gopay/merchanttransfer?tref=${transactionId}` }
    const extra =
      body.payment_type === 'qris'
        ? { qr_string: `00020101${order_id}`, actions }
        : body.payment_type === 'gopay'
          ? { actions: [...actions, link] }
          : {}
    return core('201', { ...describe(order_id, order), ...extra })
  }

  private snap(text: string): Answer {
    const body = SnapBody.safeParse(JSON.parse(text)).data
    if (!body) return { status: 400, body: { error_messages: ['the request is not valid'] } }
    const { order_id, gross_amount } = body.transaction_details
    if (this.orders.has(order_id))
      return { status: 400, body: { error_messages: ['transaction_details.order_id sudah digunakan'] } }
    this.pages.set(order_id, gross_amount)
    const token = randomUUID()
    return { status: 201, body: { token, redirect_url: `${this.address()}/snap/v4/redirection/${token}` } }
  }

  private refund(orderId: string, order: Order, text: string): Answer {
    const body = RefundBody.safeParse(JSON.parse(text)).data
    if (!body) return core('400')
    if (order.refunds.some(({ refund_key }) => refund_key === body.refund_key)) return core('406')
    if (order.status !== 'settlement' && order.status !== 'partial_refund') return core('412')
    if (body.amount > leftOf(order)) return core('414')
    const refund_amount = `${body.amount}.00`
    order.refunds.push({ refund_key: body.refund_key, refund_amount })
    order.status = leftOf(order) === 0 ? 'refund' : 'partial_refund'
    return core('200', { ...answered(orderId, order), refund_key: body.refund_key, refund_amount })
  }
}

export const leftOf = ({ grossAmount, refunds }: Order): number =>
  refunds.reduce((left, { refund_amount }) => left - Number(refund_amount), Number(grossAmount))

function instructionsFor(paymentType: string, bank: Bank | undefined, orderId: string): object {
  const digits = orderId.replace(/\D/g, '').padEnd(12, '0').slice(0, 12)
  if (paymentType === 'echannel') return { bill_key: digits, biller_code: '70012' }
  if (bank === 'permata') return { permata_va_number: `8562${digits}` }
  return bank ? { va_numbers: [{ bank, va_number: `8808${digits}` }] } : {}
}
