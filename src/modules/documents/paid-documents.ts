import type { Deps } from '../../platform/deps.ts'
import type { Attachment } from '../../platform/mailer.ts'
import { linksOf } from './document-links.ts'
import type { Drawing } from './drawing.ts'
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
export async function paidDocuments(
  deps: Deps & { readonly drawing: Drawing },
  orderId: string,
): Promise<PaidDocuments> {
  const order = await ticketedOrder(deps, orderId)
  const links = order && linksOf(deps, order, { ...order.event, tickets: order.tickets })
  if (!order || !links?.ticketPage) return noDocuments
  const { locale } = order
  const files = [ticketsFile(deps, order, locale, null), calendarOf(order, locale)]
  return {
    attachments: await Promise.all(
      files.map(async ({ filename, type, content }) => ({
        filename,
        contentType: type,
        content: await content.body(),
      })),
    ),
    pageUrl: `${links.ticketPage}?lang=${locale}`,
  }
}
