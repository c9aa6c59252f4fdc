import type { Deps } from '../../platform/deps.ts'
import { documentLinks } from './document-links.ts'

/** Where a mail leads to; null for what the order has not. */
export interface MailLinks {
  readonly pageUrl: string | null
  readonly invoiceUrl: string | null
}

/** The addresses of a paid order's ticket page and invoice, in its language; none for one that is not paid. */
export async function mailLinks(
  deps: Pick<Deps, 'settings' | 'clock' | 'prisma'>,
  orderId: string,
): Promise<MailLinks> {
  const order = await deps.prisma.order.findUnique({ where: { id: orderId } })
  const links = order && (await documentLinks(deps, order))
  const inItsLanguage = (url: string | null | undefined) =>
    url && order ? `${url}?lang=${order.locale}` : null
  return { pageUrl: inItsLanguage(links?.ticketPage), invoiceUrl: inItsLanguage(links?.invoicePdf) }
}
