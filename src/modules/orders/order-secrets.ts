import { isOrderAccessToken } from './access-token.ts'

type Settings = { readonly linkSecret: string }

/**
 * Whether this is the buyer: the account that bought it, or whoever holds the access token that its guest was given. Nobody
 * else, of the organizer's staff or its devices, is.
 */
export function isBuyer(
  settings: Settings,
  accountId: string | null,
  order: { readonly id: string; readonly accountId: string | null },
  accessToken: string | null | undefined,
): boolean {
  if (accountId !== null && accountId === order.accountId) return true
  return accessToken != null && isOrderAccessToken(settings.linkSecret, order.id, accessToken)
}

/** An order as its buyer sees it. */
export const forBuyer = <T extends object>(order: T): T & { readonly isBuyers: true } => ({
  ...order,
  isBuyers: true,
})

/**
 * Whether an answer may show what admits, or fetches goods, for whoever holds it: tickets' tokens, codes and pictures, pick-up
 * codes, links to documents. Staff who could read them could use or sell them, and nobody would know.
 */
export const showsSecrets = (order: { readonly isBuyers?: boolean }): boolean => order.isBuyers === true
