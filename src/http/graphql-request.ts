import type { IncomingMessage } from 'node:http'
import { MEDIA_TYPES, mediaTypeFor } from './edge/negotiation.ts'
import { graphqlRefusal } from './refusal.ts'
import type { Reply } from './routes/route.ts'

const JSON_BODY = /^application\/json\s*(;\s*charset=utf-?8\s*)?$/i

/** What is wrong with a GraphQL request before its body is read; null when nothing is. */
export function checkGraphQLRequest(request: IncomingMessage, url: URL): Reply | null {
  if (request.method === 'POST') {
    // A form or plain text can be posted by any site without asking; JSON cannot.
    if (!JSON_BODY.test(request.headers['content-type'] ?? '')) {
      return graphqlRefusal(415, 'UNSUPPORTED_MEDIA_TYPE', 'Post application/json.')
    }
    if ((request.headers['content-encoding'] ?? 'identity') !== 'identity') {
      return graphqlRefusal(415, 'UNSUPPORTED_MEDIA_TYPE', 'Post an uncompressed body.')
    }
    return chooseMediaType(request)
  }
  for (const name of ['variables', 'extensions']) {
    const text = url.searchParams.get(name)
    if (text && !isJsonObject(text)) return graphqlRefusal(400, 'BAD_REQUEST', `${name} is no JSON object.`)
  }
  return null
}

/** Before anything runs: Yoga does so afterwards, and a mutation would have taken effect behind a 406. */
function chooseMediaType({ headers }: IncomingMessage): Reply | null {
  const chosen = MEDIA_TYPES[mediaTypeFor(headers.accept)]
  if (!chosen) return graphqlRefusal(406, 'NOT_ACCEPTABLE', `Accept ${MEDIA_TYPES.join(' or ')}.`)
  headers.accept = chosen
  return null
}

function isJsonObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && !Array.isArray(value)
  } catch {
    return false
  }
}
