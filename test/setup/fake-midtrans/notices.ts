// Midtrans' notifications: signed, told more than once, late, in any order, or not at all.
import { createHash } from 'node:crypto'
import { codeOf, describe, type Order } from './ledger.ts'

/** The body of a notification, with the signature as reference/handle-notifications has it. */
export function noticeOf(orderId: string, order: Order, serverKey: string, change: object = {}): string {
  const told = {
    transaction_time: '2026-11-21 19:00:00',
    status_message: 'midtrans payment notification',
    // What a bank ended is told with 202, however it ended.
    status_code: order.status === 'expire' ? '202' : codeOf(order),
    merchant_id: 'G000000000',
    ...describe(orderId, order),
    ...change,
  }
  const { status_code, gross_amount }: Record<string, unknown> = told
  const text = `${orderId}${status_code}${gross_amount}${serverKey}`
  return JSON.stringify({ ...told, signature_key: createHash('sha512').update(text).digest('hex') })
}

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
