import type { Deps } from '../../platform/deps.ts'
import type { Attachment } from '../../platform/mailer.ts'
import { documentLinks } from './document-links.ts'
import { documentOf } from './read-document.ts'

/** What the mail of a paid order brings along. */
interface PaidDocuments {
  readonly attachments: readonly Attachment[]
  /** Where its tickets can be seen in a browser; null for an order without. */
  readonly pageUrl: string | null
}

export const noDocuments: Promise<PaidDocuments> = Promise.resolve({ attachments: [], pageUrl: null })

/** The tickets as a PDF and their time for a calendar, in the language of the order; nothing for an order without tickets. */
export async function paidDocuments(deps: Deps, orderId: string): Promise<PaidDocuments> {
  const order = await deps.prisma.order.findUnique({ where: { id: orderId } })
  const links = order && (await documentLinks(deps, order))
  if (!order || !links?.ticketPage) return noDocuments
  const documents = await Promise.all(
    (['tickets-pdf', 'calendar'] as const).map((kind) =>
      documentOf(deps, kind, { orderId, expiresAt: links.expiresAt }, order.locale),
    ),
  )
  const attachments = documents.flatMap((document) =>
    document?.filename
      ? [{ filename: document.filename, contentType: document.type, content: Buffer.from(document.body) }]
      : [],
  )
  return { attachments, pageUrl: `${links.ticketPage}?lang=${order.locale}` }
}
