import type { IncomingMessage } from 'node:http'

export interface CorsRules {
  /** Exact origins, or `*`. None: no site but our own may call. */
  readonly origins: readonly string[]
  readonly credentials: boolean
}

const EXPOSED = 'Idempotent-Replayed, RateLimit, RateLimit-Policy, Retry-After, X-Request-Id'

/** Headers for a call from another site (Fetch standard, CORS protocol). An origin is only echoed when it is listed. */
export function crossOriginHeaders(rules: CorsRules, request: IncomingMessage): [string, string][] {
  const { origin } = request.headers
  const any = rules.origins.includes('*')
  const headers: [string, string][] = any || rules.origins.length === 0 ? [] : [['Vary', 'Origin']]
  if (!origin || !(any || rules.origins.includes(origin))) return headers
  headers.push(
    ['Access-Control-Allow-Origin', any ? '*' : origin],
    ['Access-Control-Expose-Headers', EXPOSED],
  )
  if (rules.credentials && !any) headers.push(['Access-Control-Allow-Credentials', 'true'])
  if (request.method === 'OPTIONS') {
    headers.push(
      ['Access-Control-Allow-Methods', 'GET, POST'],
      ['Access-Control-Allow-Headers', 'Authorization, Content-Type, X-Request-Id'],
      ['Access-Control-Max-Age', '86400'],
    )
  }
  return headers
}

/**
 * Headers of an answer that is the same for everybody. It names no origin and takes no credentials, so that one stored
 * copy is good for every site.
 */
export const PUBLIC_HEADERS: readonly string[] = [
  'Access-Control-Allow-Origin',
  '*',
  'Access-Control-Expose-Headers',
  'Age, Cache-Status, ETag',
]
