import type { Ticket } from '../../generated/prisma/client.ts'

/** Who an answer with a ticket goes to, where it goes to somebody who holds the ticket. */
type Holder = 'buyer' | 'gate'

type Held<T> = T & { readonly holder?: Holder }

/** A ticket for the answer to its holder; any other answer shows what admits as null. */
export const heldBy = <T extends Ticket>(holder: Holder, ticket: T): Held<T> => ({ ...ticket, holder })

/** What the QR code holds: for the buyer alone. */
export const tokenFor = ({ token, holder }: Held<Ticket>): string | null =>
  holder === 'buyer' ? token : null

/** The code to type: for the buyer, and for the gate that has just had the ticket in hand. */
export const codeFor = ({ code, holder }: Held<Ticket>): string | null => (holder ? code : null)
