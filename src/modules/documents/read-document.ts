import type { Deps } from '../../platform/deps.ts'
import { type Drawn, written } from '../../platform/drawn.ts'
import type { Locale } from '../../platform/locale.ts'
import { calendarFile } from './calendar.ts'
import { documentUrl } from './document-links.ts'
import type { DocumentClaims, DocumentKind } from './document-token.ts'
import type { Drawing } from './drawing.ts'
import { invoiceView } from './invoice-view.ts'
import { type TicketedOrder, ticketedOrder } from './queries.ts'
import { ticketsView } from './tickets-view.ts'

export interface Document {
  readonly type: 'text/html; charset=utf-8' | 'application/pdf' | 'text/calendar; charset=utf-8'
  /** What it is called when it is kept; null for a page. */
  readonly filename: string | null
  readonly content: Drawn
}

/** A document that is kept under a name. */
interface File {
  readonly filename: string
}

interface Draws {
  readonly drawing: Drawing
}

/** The tickets of an order as a PDF. `network`: who asks; null for a mail of ours. */
export const ticketsFile = (
  { drawing }: Draws,
  order: TicketedOrder,
  locale: Locale,
  network: string | null,
): Document & File => ({
  type: 'application/pdf',
  filename: `${locale === 'id' ? 'tiket' : 'tickets'}-${order.number}.pdf`,
  content: drawing.draw('ticketsPdf', { view: ticketsView(order), locale }, network),
})

/** The time of an order's event for a calendar. */
export const calendarOf = (order: TicketedOrder, locale: Locale): Document & File => ({
  type: 'text/calendar; charset=utf-8',
  filename: `${order.number}.ics`,
  content: written(calendarFile(order, locale)),
})

/** What a genuine link leads to; null for an order that is gone or has no such document. */
export async function readDocument(
  deps: Deps & Draws,
  kind: DocumentKind,
  { orderId, expiresAt }: DocumentClaims,
  locale: Locale,
  network: string,
): Promise<Document | null> {
  if (kind === 'invoice') {
    const view = await invoiceView(deps, orderId)
    if (!view) return null
    const filename = `${view.invoice.label.replaceAll('/', '-')}.pdf`
    const content = deps.drawing.draw('invoicePdf', { view, locale }, network)
    return { type: 'application/pdf', filename, content }
  }
  const order = await ticketedOrder(deps, orderId)
  if (!order) return null
  if (kind === 'tickets-pdf') return ticketsFile(deps, order, locale, network)
  if (kind === 'calendar') return calendarOf(order, locale)
  // A page that was passed on leads no further than itself: not to the invoice, and no longer than it lasts.
  const linked = (other: DocumentKind) => `${documentUrl(deps, other, orderId, expiresAt)}?lang=${locale}`
  const links = { pdf: linked('tickets-pdf'), calendar: linked('calendar') }
  const content = deps.drawing.draw('page', { view: ticketsView(order), locale, links }, network)
  return { type: 'text/html; charset=utf-8', filename: null, content }
}
