import { createHmac } from 'node:crypto'
import { sameSecret } from '../../platform/same-secret.ts'

/** What lets a guest back to an order: HMAC-SHA-256 of its id, so that nothing is stored and a replay gives the same. */
export const orderAccessToken = (linkSecret: string, orderId: string): string =>
  createHmac('sha256', linkSecret).update(`karcis order ${orderId}`).digest('base64url')

export const isOrderAccessToken = (linkSecret: string, orderId: string, token: string): boolean =>
  sameSecret(token, orderAccessToken(linkSecret, orderId))
