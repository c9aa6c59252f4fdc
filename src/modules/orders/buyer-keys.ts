// By what one buyer is known again. The reasons stand in docs/decisions/0017-promo-codes-and-buyer-limits.md.

import { normalEmail } from '../../platform/email.ts'
import { internationalPhone } from '../../platform/phone.ts'

/** What an order keeps of its buyer for limits: whoever shares one of these is the same buyer. */
export interface BuyerKeys {
  readonly accountId: string | null
  readonly buyerEmailKey: string | null
  readonly buyerPhoneKey: string | null
  readonly buyerDevice: string | null
  /** A keyed hash of the network: of whoever asks, and of a guest's free order. Null for an order that cost something. */
  readonly buyerNetwork: string | null
}

const GOOGLE = new Set(['gmail.com', 'googlemail.com'])

/** The mailbox behind an address: what follows a plus is the owner's own label, and Gmail reads no dots. */
export function emailKey(address: string): string {
  const email = normalEmail(address)
  const at = email.lastIndexOf('@')
  const domain = email.slice(at + 1)
  const plus = email.indexOf('+')
  const person = email.slice(0, plus > 0 && plus < at ? plus : at)
  return GOOGLE.has(domain) ? `${person.replaceAll('.', '')}@gmail.com` : `${person}@${domain}`
}

/** The number in international digits. */
export const phoneKey = (phone: string | null): string | null => phone && internationalPhone(phone)

/** Names for maps, those that an order counts for: the kinds are told apart, so that no e-mail is taken for a device. */
export const identitiesOf = (keys: BuyerKeys): string[] => named(keys, [fromNetwork(keys)])

/** Those that whoever asks is known by: free orders of guests count only where the network is the same as well. */
export const askingIdentitiesOf = (keys: BuyerKeys): string[] => [
  ...new Set(named(keys, ['', fromNetwork(keys)])),
]

const fromNetwork = ({ buyerNetwork }: BuyerKeys): string => (buyerNetwork ? ` from ${buyerNetwork}` : '')

const named = (keys: BuyerKeys, places: readonly string[]): string[] =>
  [
    keys.accountId && `account ${keys.accountId}`,
    ...places.flatMap((place) => [
      keys.buyerEmailKey && `email ${keys.buyerEmailKey}${place}`,
      keys.buyerPhoneKey && `phone ${keys.buyerPhoneKey}${place}`,
    ]),
    keys.buyerDevice && `device ${keys.buyerDevice}`,
  ].filter((identity): identity is string => Boolean(identity))
