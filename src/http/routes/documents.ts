import type { AppDeps } from '../../context.ts'
import { DOCUMENT_KINDS, type DocumentKind } from '../../modules/documents/document-token.ts'
import { PAGE_POLICY } from '../../modules/documents/page.ts'
import { type Document, readDocument } from '../../modules/documents/read-document.ts'
import { refusedPage } from '../../modules/documents/refused-page.ts'
import { localeOf } from './asked-locale.ts'
import { path, type Reply, type Route } from './route.ts'

// Viewers of PDF draw the file into a page of their own, with styles in it.
const FILE_POLICY = "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'none'"

const SECRET = {
  'Cache-Control': 'private, no-store',
  'Referrer-Policy': 'no-referrer',
  'X-Robots-Tag': 'noindex, nofollow',
  'Cross-Origin-Resource-Policy': 'same-origin',
} as const

/** Tickets, invoice and calendar by signed link. The address is the secret, so nobody keeps, indexes or refers to it. */
export const documentRoutes = (deps: AppDeps): Route[] =>
  DOCUMENT_KINDS.map((kind) => ({
    name: `document-${kind}`,
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
    ...SECRET,
    'Content-Type': 'text/html; charset=utf-8',
    'Content-Security-Policy': PAGE_POLICY,
  },
  body: refusedPage(why),
})

function sent(kind: DocumentKind, { type, filename, body }: Document, locale: string): Reply {
  const disposition = kind === 'calendar' ? 'attachment' : 'inline'
  return {
    status: 200,
    headers: {
      ...SECRET,
      'Content-Type': type,
      'Content-Language': locale,
      'Content-Security-Policy': filename === null ? PAGE_POLICY : FILE_POLICY,
      ...(filename === null ? {} : { 'Content-Disposition': `${disposition}; filename="${filename}"` }),
    },
    body,
  }
}
