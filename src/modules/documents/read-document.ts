import type { Deps } from '../../platform/deps.ts'
import type { Locale } from '../../platform/locale.ts'
import { calendarFile } from './calendar.ts'
import { documentUrl } from './document-links.ts'
import { type DocumentKind, readDocumentToken } from './document-token.ts'
import { invoicePdf } from './invoice-pdf.ts'
import { type TicketedOrder, ticketedOrder } from './queries.ts'
import { ticketPage } from './ticket-page.ts'
import { drawTickets } from './tickets-pdf.ts'

export interface Document {
  readonly type: 'text/html; charset=utf-8' | 'application/pdf' | 'text/calendar; charset=utf-8'
  /** What it is called when it is kept; null for a page. */
  readonly filename: string | null
  readonly body: string | Buffer
}

/** A document that is kept under a name. */
interface File {
  readonly filename: string
}

/** The tickets of an order as a PDF. */
export const ticketsFile = async (order: TicketedOrder, locale: Locale): Promise<Document & File> => ({
  type: 'application/pdf',
  filename: `${locale === 'id' ? 'tiket' : 'tickets'}-${order.number}.pdf`,
  body: await drawTickets(order, locale),
})

/** The time of an order's event for a calendar. */
export const calendarOf = (
  { settings }: Pick<Deps, 'settings'>,
  order: TicketedOrder,
  locale: Locale,
): Document & File => ({
  type: 'text/calendar; charset=utf-8',
  filename: `${order.number}.ics`,
  body: calendarFile(order, locale, new URL(settings.publicUrl).hostname),
})

/** What a signed link leads to. An order that is gone, or has no such document, answers like a forged link. */
export async function readDocument(
  deps: Deps,
  kind: DocumentKind,
  token: string,
  locale: Locale,
): Promise<Document | 'forged' | 'expired'> {
  const claims = readDocumentToken(deps, kind, token)
  if (typeof claims === 'string') return claims
  const { orderId, expiresAt } = claims
  if (kind === 'invoice') {
    const invoice = await invoicePdf(deps, orderId, locale)
    if (!invoice) return 'forged'
    const filename = `${invoice.label.replaceAll('/', '-')}.pdf`
    return { type: 'application/pdf', filename, body: invoice.body }
  }
  const order = await ticketedOrder(deps, orderId)
  if (!order) return 'forged'
  if (kind === 'tickets-pdf') return ticketsFile(order, locale)
  if (kind === 'calendar') return calendarOf(deps, order, locale)
  // A page that was passed on leads no further than itself: not to the invoice, and no longer than it lasts.
  const linked = (other: DocumentKind) => `${documentUrl(deps, other, orderId, expiresAt)}?lang=${locale}`
  const links = { pdf: linked('tickets-pdf'), calendar: linked('calendar') }
  return { type: 'text/html; charset=utf-8', filename: null, body: ticketPage(order, locale, links) }
}
