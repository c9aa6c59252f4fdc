import type { MessageCause } from '../../generated/prisma/enums.ts'
import type { Deps } from '../../platform/deps.ts'
import type { DrawsQr } from '../../platform/drawn.ts'
import type { Limit, Limiter } from '../../platform/limiter.ts'
import type { Attachment, Mailer } from '../../platform/mailer.ts'
import type { SEND_MESSAGE, SEND_UNPAID_MESSAGE } from './causes.ts'
import type { WhatsApp } from './whatsapp.ts'

/** What comes with the e-mail of a cause, from modules above this one. */
export interface Documents {
  readonly attachments: readonly Attachment[]
  /** Where the tickets can be seen in a browser; null where there is no such page. */
  readonly pageUrl: string | null
  /** Where the invoice is; null for an order that cost nothing or is not paid. */
  readonly invoiceUrl: string | null
  /** What to show for goods that are paid and not picked up; null where there are none. */
  readonly pickup: Pickup | null
}

export const NO_DOCUMENTS: Documents = { attachments: [], pageUrl: null, invoiceUrl: null, pickup: null }

/** Goods to pick up, and the code for them. */
export interface Pickup {
  /** The QR code, as a picture that the mail shows. */
  readonly picture: Attachment
  readonly items: readonly string[]
}

export interface MessageDeps extends Deps, DrawsQr {
  readonly mailer: Mailer
  /** Null: not configured, so nobody is written to that way. */
  readonly whatsapp: WhatsApp | null
  /** Longer than sending takes by any channel, with room for clocks that differ: nobody takes up what is being sent. */
  readonly leaseSeconds: number
  /** How often one address is written to about orders that nobody has paid for: anyone may order with anybody's address. */
  readonly unpaidLimit: Limiter
  /** How often one network has others written to about such orders. */
  readonly unpaidNetworkLimit: Limiter
  readonly documentsFor: (cause: MessageCause, orderId: string) => Promise<Documents>
}

/** Enough for somebody who tries again and again, and too few to bury a mailbox. */
export const UNPAID_LIMIT: Limit = { points: 20, seconds: 3_600 }

/** Thousands of phones share an address of their carrier, and in the hour of a sale hundreds of them buy. */
export const UNPAID_NETWORK_LIMIT: Limit = { points: 300, seconds: 3_600 }

/** What a job knows of who caused the messages that it sends. */
export interface SentFor {
  /** How a message that is sent later is queued. */
  readonly retryKind: typeof SEND_MESSAGE | typeof SEND_UNPAID_MESSAGE
  /** Whose turn it takes then. */
  readonly fairnessBucket: number
  /** The network that caused it, as `causerOf` names it, where that counts; null: not known. */
  readonly network: string | null
}

/** The ways to a buyer: e-mail always; WhatsApp as well for one who gave a phone and agreed to it. */
export const channelsTo = (
  deps: Pick<MessageDeps, 'whatsapp'>,
  order: { readonly whatsapp: boolean },
): ('EMAIL' | 'WHATSAPP')[] => (deps.whatsapp && order.whatsapp ? ['EMAIL', 'WHATSAPP'] : ['EMAIL'])
