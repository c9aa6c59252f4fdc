import { createHash } from 'node:crypto'
import { toDecimal } from '../../platform/money.ts'
import type { Charge, ChargeRequest, PaymentGateway } from './gateway.ts'
import { signatureOf } from './notification.ts'
import type { SandboxMemory } from './sandbox-memory.ts'

export type SandboxOutcome = 'settle' | 'deny' | 'expire'

// What Midtrans says for each outcome: reference/handle-notifications.
export const SAID: Readonly<Record<SandboxOutcome, { transaction_status: string; status_code: string }>> = {
  settle: { transaction_status: 'settlement', status_code: '200' },
  deny: { transaction_status: 'deny', status_code: '202' },
  expire: { transaction_status: 'expire', status_code: '407' },
}

/** A local provider for development: a page where a developer pays, fails or lets a payment expire. */
export function createSandboxGateway(options: {
  serverKey: string
  publicUrl: string
  memory: SandboxMemory
}): PaymentGateway {
  const { memory } = options
  return {
    name: 'sandbox',
    serverKeys: [options.serverKey],
    async charge(request) {
      await memory.note(request)
      return chargeFor(options.publicUrl, request)
    },
    // There is no money, so it is back at once.
    refund: async () => undefined,
    status: (paymentId) => memory.status(paymentId),
    cancel: (paymentId) => memory.end(paymentId, 'cancel'),
    expire: (paymentId) => memory.end(paymentId, 'expire'),
  }
}

// Everything follows from the payment's id, so asking twice gives the same charge.
function chargeFor(publicUrl: string, { paymentId, method, amount }: ChargeRequest): Charge {
  const digits = BigInt(`0x${createHash('sha256').update(paymentId).digest('hex').slice(0, 16)}`).toString()
  const number = (length: number) => digits.padStart(length, '0').slice(-length)
  const isVa = method.endsWith('_VA')
  return {
    transactionId: `sandbox-${paymentId}`,
    qrString:
      method === 'QRIS' || method === 'GOPAY' ? `KARCIS-SANDBOX.${paymentId}.${toDecimal(amount)}` : null,
    vaNumber: isVa ? `8808${number(12)}` : null,
    billKey: method === 'MANDIRI_BILL' ? number(12) : null,
    billerCode: method === 'MANDIRI_BILL' ? '70012' : null,
    redirectUrl: `${publicUrl}/sandbox/payments/${paymentId}`,
  }
}

/** The notification that the sandbox sends to our webhook, in the provider's form. */
export function sandboxNotification(
  serverKey: string,
  payment: { id: string; amount: string; currencyCode: string; method: string; at: Date },
  outcome: SandboxOutcome,
): Record<string, string> {
  const said = SAID[outcome]
  const fields = { order_id: payment.id, status_code: said.status_code, gross_amount: payment.amount }
  return {
    ...fields,
    transaction_id: `sandbox-${payment.id}`,
    transaction_status: said.transaction_status,
    transaction_time: payment.at.toISOString(),
    fraud_status: 'accept',
    payment_type: payment.method.toLowerCase(),
    currency: payment.currencyCode,
    signature_key: signatureOf(fields, serverKey),
  }
}
