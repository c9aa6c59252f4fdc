import { createHash, timingSafeEqual } from 'node:crypto'
import { z } from 'zod'
import { type ProviderWord, parseWord } from './provider-word.ts'

// Only what the signature covers: whether it is genuine is to be known before what else it says.
const Signed = z.object({
  order_id: z.string().regex(/^[\x20-\x7e]{1,64}$/),
  status_code: z.string().regex(/^[\x20-\x7e]{1,16}$/),
  gross_amount: z.string().regex(/^[\x20-\x7e]{1,32}$/),
  signature_key: z.string().regex(/^[0-9a-f]{128}$/i),
})

export interface Notification {
  readonly signed: z.infer<typeof Signed>
  /** Null: in no form that we read. */
  readonly word: ProviderWord | null
}

/** A notification out of a webhook's body; null when it is not one. */
export function parseNotification(body: string): Notification | null {
  let json: unknown
  try {
    json = JSON.parse(body)
  } catch {
    return null
  }
  const signed = Signed.safeParse(json).data
  return signed ? { signed, word: parseWord(json) } : null
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
export function isGenuine(signed: Notification['signed'], serverKeys: readonly string[]): boolean {
  const given = Buffer.from(signed.signature_key, 'hex')
  // Each is compared, so that the time tells nothing of which.
  return serverKeys
    .map((key) => timingSafeEqual(Buffer.from(signatureOf(signed, key), 'hex'), given))
    .some(Boolean)
}
