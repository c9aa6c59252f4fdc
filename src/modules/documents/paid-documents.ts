import type { Deps } from '../../platform/deps.ts'
import type { Attachment } from '../../platform/mailer.ts'
import { linksOf } from './document-links.ts'
import { ticketedOrder } from './queries.ts'
import { calendarOf, ticketsFile } from './read-document.ts'

/** What the mail of a paid order brings along. */
interface PaidDocuments {
  readonly attachments: readonly Attachment[]
  /** Where its tickets can be seen in a browser; null for an order without. */
  readonly pageUrl: string | null
}

export const noDocuments: Promise<PaidDocuments> = Promise.resolve({ attachments: [], pageUrl: null })

/** The tickets as a PDF and their time for a calendar, in the language of the order; nothing for an order without tickets. */
export async function paidDocuments(deps: Deps, orderId: string): Promise<PaidDocuments> {
  const order = await ticketedOrder(deps, orderId)
  const links = order && linksOf(deps, order, { ...order.event, tickets: order.tickets })
  if (!order || !links?.ticketPage) return noDocuments
  const { locale } = order
  const files = [await ticketsFile(order, locale), calendarOf(deps, order, locale)]
  return {
    attachments: files.map(({ filename, type, body }) => ({
      filename,
      contentType: type,
      content: Buffer.from(body),
    })),
    pageUrl: `${links.ticketPage}?lang=${locale}`,
  }
}
