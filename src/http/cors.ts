import type { IncomingMessage } from 'node:http'

export interface CorsRules {
  /** Exact origins, or `*`. None: no site but our own may call. */
  readonly origins: readonly string[]
  readonly credentials: boolean
}

const EXPOSED = 'Idempotent-Replayed, Retry-After, X-Request-Id'

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
