import { createHmac, timingSafeEqual } from 'node:crypto'

/** What lets a guest back to an order: HMAC-SHA-256 of its id, so that nothing is stored and a replay gives the same. */
export const orderAccessToken = (linkSecret: string, orderId: string): string =>
  createHmac('sha256', linkSecret).update(`karcis order ${orderId}`).digest('base64url')

export function isOrderAccessToken(linkSecret: string, orderId: string, token: string): boolean {
  const expected = Buffer.from(orderAccessToken(linkSecret, orderId))
  const given = Buffer.from(token)
  return given.length === expected.length && timingSafeEqual(given, expected)
}
