import { createHash, timingSafeEqual } from 'node:crypto'
import { z } from 'zod'
import type { PaymentStatus } from '../../generated/prisma/enums.ts'

const Notification = z.object({
  order_id: z.string().min(1).max(64),
  status_code: z.string().regex(/^\d{3}$/),
  // Kept as text: the signature covers exactly these characters.
  gross_amount: z.string().regex(/^\d{1,16}(\.\d{1,2})?$/),
  signature_key: z.string().regex(/^[0-9a-f]{128}$/i),
  transaction_status: z.string().regex(/^[a-z_]{1,40}$/),
  transaction_id: z.string().max(100).optional(),
  fraud_status: z.string().max(40).optional(),
})

export type Notification = z.infer<typeof Notification>

/** A notification out of a webhook's body; null when it is not one. */
export function parseNotification(body: string): Notification | null {
  let json: unknown
  try {
    json = JSON.parse(body)
  } catch {
    return null
  }
  const parsed = Notification.safeParse(json)
  return parsed.success ? parsed.data : null
}

/** SHA-512 of order_id, status_code, gross_amount and server key: Midtrans, reference/handle-notifications. */
export const signatureOf = (
  fields: { order_id: string; status_code: string; gross_amount: string },
  serverKey: string,
): string =>
  createHash('sha512')
    .update(fields.order_id + fields.status_code + fields.gross_amount + serverKey)
    .digest('hex')

export function isGenuine(notification: Notification, serverKey: string): boolean {
  const expected = Buffer.from(signatureOf(notification, serverKey), 'hex')
  return timingSafeEqual(expected, Buffer.from(notification.signature_key, 'hex'))
}

/** What the provider's words mean for a payment; null for words that change nothing here. */
export function statusOf({
  transaction_status,
  fraud_status,
  status_code,
}: Notification): PaymentStatus | null {
  switch (transaction_status) {
    case 'settlement':
      return 'SETTLED'
    case 'capture':
      return fraud_status === 'accept' && status_code === '200' ? 'SETTLED' : null
    case 'pending':
      return 'PENDING'
    case 'expire':
      return 'EXPIRED'
    case 'deny':
    case 'cancel':
    case 'failure':
      return 'FAILED'
    default:
      return null
  }
}
