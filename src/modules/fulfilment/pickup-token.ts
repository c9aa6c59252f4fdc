import { createHmac } from 'node:crypto'
import { idAt, idBytes, parseId } from '../../platform/ids.ts'
import { sameSecret } from '../../platform/same-secret.ts'
import type { Settings } from '../../platform/settings.ts'

type Secrets = Pick<Settings, 'linkSecret' | 'previousLinkSecret'>

// p1.<order id>.<HMAC-SHA-256>: 69 characters, a QR code that scans from a cracked screen. A booth is online, or it could
// not hand over once, so nobody has to verify this without the secret. The MAC names its purpose: no ticket and no access
// token of an order is ever one of these, nor the other way round.
export const TOKEN = /^p1\.([A-Za-z0-9_-]{22})\.[A-Za-z0-9_-]{43}$/

/** What the buyer shows at a booth. Nothing is stored; the same order always has the same. */
export function pickupToken(linkSecret: string, orderId: string): string {
  const mac = createHmac('sha256', linkSecret).update(`karcis pickup ${orderId}`).digest('base64url')
  return `p1.${idBytes(orderId).toString('base64url')}.${mac}`
}

/**
 * The order of a genuine token; null for anything else. Says nothing of what has become of the order. One that was printed
 * before the secret was rotated is good while the old secret is named.
 */
export function orderOfPickup({ linkSecret, previousLinkSecret }: Secrets, token: string): string | null {
  const orderId = parseId(idAt(Buffer.from(TOKEN.exec(token)?.[1] ?? '', 'base64url'), 0))
  if (!orderId) return null
  // All of it, so that each order has one spelling.
  const isSignedWith = (secret: string): boolean => sameSecret(token, pickupToken(secret, orderId))
  return [linkSecret, previousLinkSecret ?? linkSecret].some(isSignedWith) ? orderId : null
}
