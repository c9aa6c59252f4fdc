import type { IncomingMessage } from 'node:http'

export interface CorsRules {
  /** Exact origins, or `*`. None: no site but our own may call. */
  readonly origins: readonly string[]
  readonly credentials: boolean
}

const EXPOSED = 'Idempotent-Replayed, RateLimit, RateLimit-Policy, Retry-After, X-Request-Id'

// What browsers' tracing (W3C Trace Context and Baggage, Sentry, Zipkin, Datadog, New Relic) adds to each request of a site.
const TRACING =
  'Traceparent, Tracestate, Baggage, Sentry-Trace, B3, X-B3-TraceId, X-B3-SpanId, X-B3-ParentSpanId, X-B3-Sampled, ' +
  'X-B3-Flags, X-Datadog-Trace-Id, X-Datadog-Parent-Id, X-Datadog-Origin, X-Datadog-Sampling-Priority, Newrelic, ' +
  'X-Correlation-Id, X-Request-Id'
// What GraphQL clients call themselves by.
const CLIENT =
  'Apollographql-Client-Name, Apollographql-Client-Version, X-Apollo-Operation-Name, X-Apollo-Operation-Id, ' +
  'Apollo-Require-Preflight, GraphQL-Client-Name, GraphQL-Client-Version, X-GraphQL-Client-Name, X-GraphQL-Client-Version'
const READING = `${TRACING}, ${CLIENT}`

/** Headers for a call from another site (Fetch standard, CORS protocol). An origin is only echoed when it is listed. */
export function crossOriginHeaders(rules: CorsRules, request: IncomingMessage): [string, string][] {
  const { origin } = request.headers
  const any = rules.origins.includes('*')
  const headers: [string, string][] = any || rules.origins.length === 0 ? [] : [['Vary', 'Origin']]
  if (!origin) return headers
  if (!any && !rules.origins.includes(origin)) return [...headers, ...readingOnly(request)]
  headers.push(
    ['Access-Control-Allow-Origin', any ? '*' : origin],
    ['Access-Control-Expose-Headers', EXPOSED],
  )
  if (rules.credentials && !any) headers.push(['Access-Control-Allow-Credentials', 'true'])
  if (request.method === 'OPTIONS') {
    headers.push(
      ['Access-Control-Allow-Methods', 'GET, POST'],
      ['Access-Control-Allow-Headers', `Authorization, Content-Type, ${READING}`],
      ['Access-Control-Max-Age', MAX_AGE],
    )
  }
  return headers
}

const MAX_AGE = '86400'

/**
 * Any site may read what is public, and one that traces its requests asks first. The answer itself says who may see it: a
 * private one names no origin, and a session cannot be sent along.
 */
function readingOnly({ method, headers }: IncomingMessage): [string, string][] {
  if (method !== 'OPTIONS' || headers['access-control-request-method'] !== 'GET') return []
  return [
    ['Access-Control-Allow-Origin', '*'],
    ['Access-Control-Allow-Methods', 'GET'],
    ['Access-Control-Allow-Headers', READING],
    ['Access-Control-Max-Age', MAX_AGE],
  ]
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
