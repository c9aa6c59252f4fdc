import type { AppDeps } from '../../context.ts'
import { DOCUMENT_KINDS, type DocumentKind } from '../../modules/documents/document-token.ts'
import { PAGE_POLICY } from '../../modules/documents/page.ts'
import { type Document, readDocument } from '../../modules/documents/read-document.ts'
import { refusedPage } from '../../modules/documents/refused-page.ts'
import { localeOf } from './asked-locale.ts'
import { path, type Reply, type Route } from './route.ts'
import { secretHeaders } from './secret-headers.ts'

// Viewers of PDF draw the file into a page of their own, with styles in it.
const FILE_POLICY = "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'none'"

/** Tickets, invoice and calendar by signed link. The address is the secret, so nobody keeps, indexes or refers to it. */
export const documentRoutes = (deps: AppDeps): Route[] =>
  DOCUMENT_KINDS.map((kind) => ({
    name: `document-${kind}`,
    reach: 'public',
    method: 'GET',
    path: path(`/documents/${kind}/:token`),
    async handle({ url, headers, params }) {
      const locale = localeOf(url.searchParams.get('lang'), headers['accept-language'])
      const document = await readDocument(deps, kind, params['token'] ?? '', locale)
      return typeof document === 'string' ? refused(document) : sent(kind, document, locale)
    },
  }))

const refused = (why: 'forged' | 'expired'): Reply => ({
  status: why === 'expired' ? 410 : 403,
  headers: {
    ...secretHeaders({ policy: PAGE_POLICY }),
    'Content-Type': 'text/html; charset=utf-8',
  },
  body: refusedPage(why),
})

function sent(kind: DocumentKind, { type, filename, body }: Document, locale: string): Reply {
  const disposition = kind === 'calendar' ? 'attachment' : 'inline'
  return {
    status: 200,
    headers: {
      ...secretHeaders({ policy: filename === null ? PAGE_POLICY : FILE_POLICY }),
      'Content-Type': type,
      'Content-Language': locale,
      ...(filename === null ? {} : { 'Content-Disposition': `${disposition}; filename="${filename}"` }),
    },
    body,
  }
}
