// Midtrans' notifications: signed, told more than once, late, in any order, or not at all.
import { createHash } from 'node:crypto'
import { codeOf, describe, type Order } from './ledger.ts'

/** The body of a notification, with the signature as reference/handle-notifications has it. */
export function noticeOf(orderId: string, order: Order, serverKey: string, change: object = {}): string {
  const told: Record<string, unknown> = {
    transaction_time: '2026-11-21 19:00:00',
    status_message: 'midtrans payment notification',
    // What a bank ended is told with 202, however it ended.
    status_code: order.status === 'expire' ? '202' : codeOf(order),
    merchant_id: 'G000000000',
    ...describe(orderId, order),
    ...change,
  }
  return signed(told, serverKey)
}

function signed(told: Readonly<Record<string, unknown>>, serverKey: string): string {
  const text = `${told['order_id']}${told['status_code']}${told['gross_amount']}${serverKey}`
  return JSON.stringify({ ...told, signature_key: createHash('sha512').update(text).digest('hex') })
}

/** What the dashboard sends when somebody tests the address. */
export const testNotice = (serverKey: string): string =>
  signed(
    {
      transaction_time: '2026-11-21 19:00:00',
      transaction_status: 'settlement',
      transaction_id: 'payment_notif_test_G000000000_9d2a',
      status_code: '200',
      status_message: 'midtrans payment notification',
      payment_type: 'qris',
      order_id: 'payment_notif_test_G000000000_9d2a',
      merchant_id: 'G000000000',
      gross_amount: '105000.00',
      fraud_status: 'accept',
      currency: 'IDR',
    },
    serverKey,
  )

/** Tells a webhook each of these, `copies` times, all at once: nobody can say in which order they arrive. */
export const tellAll = (webhook: string, notices: readonly string[], copies = 1): Promise<number[]> =>
  Promise.all(notices.flatMap((notice) => Array.from({ length: copies }, () => tell(webhook, notice))))

/** Tells a webhook and gives the status of its answer. */
export async function tell(webhook: string, body: string): Promise<number> {
  const answer = await fetch(webhook, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body,
  })
  await answer.arrayBuffer()
  return answer.status
}
