import type { AppDeps } from '../../context.ts'
import {
  DOCUMENT_KINDS,
  type DocumentKind,
  readDocumentToken,
} from '../../modules/documents/document-token.ts'
import { PAGE_POLICY } from '../../modules/documents/page.ts'
import { type Document, readDocument } from '../../modules/documents/read-document.ts'
import { localeOf } from './asked-locale.ts'
import { drawnReply, refusal, tooOften } from './drawn-reply.ts'
import { path, type Route } from './route.ts'
import { secretHeaders } from './secret-headers.ts'

// Viewers of PDF draw the file into a page of their own, with styles in it.
const FILE_POLICY = "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'none'"

/**
 * Tickets, invoice and calendar by signed link. The address is the secret, so nobody keeps, indexes or refers to it. An order
 * that is gone, or has no such document, answers like a forged link.
 */
export const documentRoutes = (deps: AppDeps): Route[] =>
  DOCUMENT_KINDS.map((kind) => ({
    name: `document-${kind}`,
    reach: 'public',
    method: 'GET',
    path: path(`/documents/${kind}/:token`),
    handle: drawnReply(deps, async ({ url, headers, network, token }) => {
      const claims = readDocumentToken(deps, kind, token)
      if (typeof claims === 'string') return refusal(claims)
      const refused = await tooOften(deps, `${kind} ${claims.orderId}`)
      if (refused) return refused
      const locale = localeOf(url.searchParams.get('lang'), headers['accept-language'])
      const document = await readDocument(deps, kind, claims, locale, network)
      return document
        ? { content: document.content, headers: headersOf(kind, document, locale) }
        : refusal('forged')
    }),
  }))

function headersOf(kind: DocumentKind, { type, filename }: Document, locale: string) {
  const disposition = kind === 'calendar' ? 'attachment' : 'inline'
  return {
    ...secretHeaders({ policy: filename === null ? PAGE_POLICY : FILE_POLICY }),
    'Content-Type': type,
    'Content-Language': locale,
    ...(filename === null ? {} : { 'Content-Disposition': `${disposition}; filename="${filename}"` }),
  }
}
