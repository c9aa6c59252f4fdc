import type { QrFormat } from '../../platform/drawn.ts'
import type { Locale } from '../../platform/locale.ts'
import type { InvoiceView } from './invoice-view.ts'
import type { TicketPageLinks, TicketsView } from './tickets-view.ts'

/** Each kind of drawing, by name, with what it is made of. */
export interface DrawTasks {
  readonly qr: { readonly text: string; readonly format: QrFormat }
  readonly ticketsPdf: { readonly view: TicketsView; readonly locale: Locale }
  readonly page: {
    readonly view: TicketsView
    readonly locale: Locale
    readonly links: TicketPageLinks
  }
  readonly invoicePdf: { readonly view: InvoiceView; readonly locale: Locale }
}
