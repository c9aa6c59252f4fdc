// Charges of the Core API: QRIS, GoPay, virtual accounts and bills.
import { z } from 'zod'
import type { PaymentMethod } from '../../generated/prisma/enums.ts'
import { parseDecimal } from '../../platform/money.ts'
import type { Charge, ChargeRequest } from './gateway.ts'
import { type Call, type CallTurn, type Reply, type Send, unclear } from './midtrans-calls.ts'
import { details, type TimedRequest, timeLeft } from './midtrans-request.ts'
import { orderUrl } from './midtrans-status.ts'
import { isAnswerFor } from './provider-word.ts'

type CoreMethod = Exclude<PaymentMethod, 'SNAP'>

// One that is nearly over lives this long, and is ended by us.
const LEAST_SECONDS = 60

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

/** Asked again for one payment it gives the same charge. */
export async function chargeCore(
  send: Send,
  url: string,
  method: CoreMethod,
  request: TimedRequest,
  turn: CallTurn,
): Promise<Charge> {
  const { at, seconds } = timeLeft(request)
  const custom_expiry = {
    order_time: at,
    expiry_duration: Math.max(LEAST_SECONDS, seconds),
    unit: 'second',
  }
  const body = { ...WAYS[method], ...details(request), custom_expiry }
  const post = { idempotencyKey: request.paymentId, body }
  const reply = await send({ step: 'charge', url: `${url}/v2/charge`, post }, turn)
  // 406: the order_id is used, so an earlier call got through and only its answer was lost.
  if (reply.code !== '406') return chargeOf(url, method, transactionOf('charge', reply, request))
  const status = await send({ step: 'status', url: orderUrl(url, request.paymentId, 'status') }, turn)
  return chargeOf(url, method, transactionOf('status', status, request))
}

function transactionOf(step: Call['step'], { code, body }: Reply, { paymentId, amount }: ChargeRequest) {
  if (code !== '200' && code !== '201') throw unclear(step, `answered ${code}`)
  const transaction = Transaction.safeParse(body).data
  if (!transaction) throw unclear(step, 'answered in another form than documented')
  const { gross_amount, transaction_status } = transaction
  if (
    !isAnswerFor(paymentId, transaction) ||
    parseDecimal(gross_amount, amount.currencyCode) !== amount.minor
  )
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
