import type { Deps } from '../../platform/deps.ts'
import type { Attachment } from '../../platform/mailer.ts'
import type { Drawing } from './drawing.ts'
import { ticketedOrder } from './queries.ts'
import { calendarOf, ticketsFile } from './read-document.ts'

/** The tickets as a PDF and their time for a calendar, in the language of the order; nothing for an order without tickets. */
export async function paidDocuments(
  deps: Deps & { readonly drawing: Drawing },
  orderId: string,
): Promise<readonly Attachment[]> {
  const order = await ticketedOrder(deps, orderId)
  if (!order) return []
  const { locale } = order
  const files = [ticketsFile(deps, order, locale, null), calendarOf(order, locale)]
  return Promise.all(
    files.map(async ({ filename, type, content }) => ({
      filename,
      contentType: type,
      content: await content.body(),
    })),
  )
}
