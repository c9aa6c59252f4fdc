import { isUtf8 } from 'node:buffer'
import type { IncomingMessage } from 'node:http'
import { MIMEType } from 'node:util'
import { MEDIA_TYPES, mediaTypeFor } from './edge/negotiation.ts'
import { graphqlRefusal } from './refusal.ts'
import type { Reply } from './routes/route.ts'

/** The body of a POST: an object, not yet known to be of the right form. */
export type PostedParams = Readonly<Record<string, unknown>>

/** What is wrong with a GraphQL request before its body is read; null when nothing is. */
export function checkGraphQLRequest(request: IncomingMessage, url: URL): Reply | null {
  if (request.method === 'POST') {
    // A form or plain text can be posted by any site without asking; JSON cannot.
    if (!isJson(request.headers['content-type'])) {
      return graphqlRefusal(415, 'UNSUPPORTED_MEDIA_TYPE', 'Post application/json in UTF-8.')
    }
    // Yoga compares letter by letter.
    request.headers['content-type'] = JSON_TYPE
    if ((request.headers['content-encoding'] ?? 'identity').toLowerCase() !== 'identity') {
      return graphqlRefusal(415, 'UNSUPPORTED_MEDIA_TYPE', 'Post an uncompressed body.')
    }
    return chooseMediaType(request)
  }
  for (const name of ['variables', 'extensions']) {
    const text = url.searchParams.get(name)
    if (text && parseObject(text) === undefined)
      return graphqlRefusal(400, 'BAD_REQUEST', `${name} is no JSON object.`)
  }
  return null
}

/** The object in a posted body; a refusal, which repeats nothing of the body, when there is none. */
export function readPosted(body: Buffer): { params: PostedParams } | { refusal: Reply } {
  if (body.length === 0) return { refusal: graphqlRefusal(400, 'BAD_REQUEST', 'The body is empty.') }
  const params = isUtf8(body) ? parseObject(body.toString()) : undefined
  if (params) return { params }
  return { refusal: graphqlRefusal(400, 'BAD_REQUEST', 'The body is no JSON object in UTF-8.') }
}

/** Before anything runs: Yoga does so afterwards, and a mutation would have taken effect behind a 406. */
function chooseMediaType({ headers }: IncomingMessage): Reply | null {
  const chosen = MEDIA_TYPES[mediaTypeFor(headers.accept)]
  if (!chosen) return graphqlRefusal(406, 'NOT_ACCEPTABLE', `Accept ${MEDIA_TYPES.join(' or ')}.`)
  headers.accept = chosen
  return null
}

const JSON_TYPE = 'application/json'
// What nearly every client sends is not parsed.
const PLAIN = new Set([JSON_TYPE, 'application/json; charset=utf-8', 'application/json;charset=utf-8'])

/** Whether a Content-Type names JSON in UTF-8, by the rules of the WHATWG's MIME Sniffing standard. */
function isJson(header = ''): boolean {
  if (PLAIN.has(header)) return true
  try {
    const { essence, params } = new MIMEType(header)
    return essence === JSON_TYPE && /^utf-?8$/i.test(params.get('charset') ?? 'utf-8')
  } catch {
    return false
  }
}

/** The object that a JSON text holds, null for `null`; undefined for anything else. */
function parseObject(text: string): Record<string, unknown> | null | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) ? value : value === null ? null : undefined
  } catch {
    return undefined
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
