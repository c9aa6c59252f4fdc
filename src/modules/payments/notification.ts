import { createHash, timingSafeEqual } from 'node:crypto'
import { z } from 'zod'
import { WORD } from './provider-word.ts'

const Notification = z.object({ ...WORD, signature_key: z.string().regex(/^[0-9a-f]{128}$/i) })

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

/** Whether one of these keys signed it: while a key is being replaced there are two. */
export function isGenuine(notification: Notification, serverKeys: readonly string[]): boolean {
  const given = Buffer.from(notification.signature_key, 'hex')
  // Each is compared, so that the time tells nothing of which.
  return serverKeys
    .map((key) => timingSafeEqual(Buffer.from(signatureOf(notification, key), 'hex'), given))
    .some(Boolean)
}
