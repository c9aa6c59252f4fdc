import type { Deps } from '../../platform/deps.ts'
import type { Locale } from '../../platform/locale.ts'
import { calendarFile } from './calendar.ts'
import { documentUrl } from './document-links.ts'
import { type DocumentClaims, type DocumentKind, readDocumentToken } from './document-token.ts'
import { invoicePdf } from './invoice-pdf.ts'
import { ticketedOrder } from './queries.ts'
import { ticketPage } from './ticket-page.ts'
import { drawTickets } from './tickets-pdf.ts'

export interface Document {
  readonly type: 'text/html; charset=utf-8' | 'application/pdf' | 'text/calendar; charset=utf-8'
  /** What it is called when it is kept; null for a page. */
  readonly filename: string | null
  readonly body: string | Buffer
}

/** What a signed link leads to. An order that is gone, or has no such document, answers like a forged link. */
export async function readDocument(
  deps: Deps,
  kind: DocumentKind,
  token: string,
  locale: Locale,
): Promise<Document | 'forged' | 'expired'> {
  const claims = readDocumentToken(deps, kind, token)
  if (typeof claims === 'string') return claims
  return (await documentOf(deps, kind, claims, locale)) ?? 'forged'
}

/** A document of an order; null where it has no such document. Its own links end when `expiresAt` says. */
export async function documentOf(
  deps: Deps,
  kind: DocumentKind,
  { orderId, expiresAt }: DocumentClaims,
  locale: Locale,
): Promise<Document | null> {
  if (kind === 'invoice') {
    const invoice = await invoicePdf(deps, orderId, locale)
    if (!invoice) return null
    const filename = `${invoice.label.replaceAll('/', '-')}.pdf`
    return { type: 'application/pdf', filename, body: invoice.body }
  }
  const order = await ticketedOrder(deps, orderId)
  if (!order) return null
  if (kind === 'tickets-pdf') {
    const filename = `${locale === 'id' ? 'tiket' : 'tickets'}-${order.number}.pdf`
    return { type: 'application/pdf', filename, body: await drawTickets(order, locale) }
  }
  if (kind === 'calendar') {
    const body = calendarFile(order, locale, new URL(deps.settings.publicUrl).hostname)
    return { type: 'text/calendar; charset=utf-8', filename: `${order.number}.ics`, body }
  }
  // A page that was passed on leads no further than itself: not to the invoice, and no longer than it lasts.
  const linked = (other: DocumentKind) => `${documentUrl(deps, other, orderId, expiresAt)}?lang=${locale}`
  const links = { pdf: linked('tickets-pdf'), calendar: linked('calendar') }
  return { type: 'text/html; charset=utf-8', filename: null, body: ticketPage(order, locale, links) }
}
