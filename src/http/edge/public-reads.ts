import type { IncomingMessage, ServerResponse } from 'node:http'
import type { GraphQLSchema } from 'graphql'
import type { Clock } from '../../platform/clock.ts'
import type { Log } from '../../platform/telemetry.ts'
import { PUBLIC_HEADERS } from '../cors.ts'
import { graphqlRefusal, readableTo } from '../refusal.ts'
import type { Reply } from '../routes/route.ts'
import { isKnown } from './conditional.ts'
import { type EdgeCache, type Entry, slotOf } from './edge-cache.ts'
import type { Filled, Filler } from './fill.ts'
import { encodingFor, mediaTypeFor } from './negotiation.ts'
import type { PersistedOperations } from './persisted-operations.ts'
import { MAX_URL, type PublicRead, readRequest } from './read-request.ts'
import type { Representation } from './representation.ts'

/** How a public read was answered, for the metrics. */
export type Result = 'hit' | 'stale' | 'stored' | 'executed' | 'collapsed' | 'failed' | 'refused'

export interface PublicReads {
  /** Answers at once when ready bytes are there; false when somebody else has to. */
  answerReady(request: IncomingMessage, response: ServerResponse): boolean
  /** Answers a GET or HEAD to /graphql that is a public read; null when it is something else. */
  answer(request: IncomingMessage, response: ServerResponse, requestId: () => string): Promise<void> | null
}

export interface PublicReadsOptions {
  readonly schema: GraphQLSchema
  readonly operations: PersistedOperations
  readonly cache: EdgeCache
  readonly filler: Filler
  readonly clock: Clock
  readonly log: Log
  readonly count: (operation: string, result: Result) => void
}

interface Asked {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly mediaType: number
  readonly requestId: () => string
}

// A renewal that failed is not tried again at once: whoever cannot be reached is not helped by more requests.
const RENEW_AGAIN_MS = 1_000

/** The edge: answers public reads from ready bytes, and lets one request a key go on to find new ones. */
export function createPublicReads(options: PublicReadsOptions): PublicReads {
  const { cache, clock, filler, count, log, operations, schema } = options

  const now = () => clock.now().getTime()

  /** A stale entry is given, and renewed once behind it. */
  function renew(entry: Entry): void {
    filler.join(entry.read).filled.then(
      (filled) => {
        if (isFailure(filled)) postpone(entry)
      },
      () => postpone(entry),
    )
  }

  function postpone(entry: Entry): void {
    // Never past its end: a renewal may fail long after it began.
    entry.freshUntil = Math.max(entry.freshUntil, Math.min(now() + RENEW_AGAIN_MS, entry.staleUntil))
  }

  /** Whether the entry may be given now. A stale one is renewed. */
  function usable(entry: Entry): boolean {
    const moment = now()
    if (moment < entry.freshUntil) return true
    if (moment >= entry.staleUntil) return false
    renew(entry)
    return true
  }

  async function answerRead(read: PublicRead, asked: Asked): Promise<void> {
    const { request, response, mediaType, requestId } = asked
    const encoding = encodingFor(headerOf(request, 'accept-encoding'))
    const give = async (entry: Entry, status: string, kept = true) => {
      cache.remember(entry, request.url ?? '')
      const making = cache.representation(entry, mediaType, encoding)
      const ready = making instanceof Promise ? await making : making
      const age = String(ageInSeconds(entry, now()))
      send(request, response, entry, kept ? ready : forOnce(ready), ['Age', age, 'Cache-Status', status])
    }
    const before = cache.find(read.key)
    if (before && usable(before)) {
      before.used = true
      count(
        read.operation.name,
        now() < before.content.createdAt + before.read.policy.maxAge * 1_000 ? 'hit' : 'stale',
      )
      return give(before, hitStatus(before, now()))
    }
    const { filled: filling, joined } = filler.join(read, requestId)
    const filled = await filling
    if ('entry' in filled) {
      count(read.operation.name, joined ? 'collapsed' : filled.from)
      const status = `Karcis; fwd=${before ? 'stale' : 'miss'}${joined ? '; collapsed' : cache.find(read.key) === filled.entry ? '; stored' : ''}`
      return give(filled.entry, filled.from === 'stored' ? `Redis; hit, ${status}` : status, filled.kept)
    }
    if (filled.failed && before && now() < before.errorUntil) {
      count(read.operation.name, 'failed')
      return give(before, `${hitStatus(before, now())}; detail=stale-if-error`)
    }
    count(read.operation.name, filled.failed ? 'failed' : 'refused')
    await refuse(response, filled.reply(mediaType), requestId)
  }

  return {
    answerReady(request, response) {
      const entry = cache.findByAddress(request.url ?? '')
      if (!entry || (request.method !== 'GET' && request.method !== 'HEAD') || !usable(entry)) return false
      const mediaType = mediaTypeFor(headerOf(request, 'accept'))
      const ready =
        mediaType < 0
          ? undefined
          : entry.ready[slotOf(mediaType, encodingFor(headerOf(request, 'accept-encoding')))]
      if (!ready) return false
      const age = ageInSeconds(entry, now())
      if (ready.hit?.age !== age) {
        ready.hit = { age, headers: ['Age', String(age), 'Cache-Status', hitStatus(entry, now())] }
      }
      entry.used = true
      send(request, response, entry, ready, ready.hit.headers)
      count(entry.read.operation.name, age < entry.read.policy.maxAge ? 'hit' : 'stale')
      return true
    },
    answer(request, response, requestId) {
      const address = request.url ?? ''
      const start = address.indexOf('?')
      if (start < 0 || (request.method !== 'GET' && request.method !== 'HEAD') || !PATH.test(address))
        return null
      const decline = (reply: Reply) =>
        refuse(response, readableTo(headerOf(request, 'accept'), reply), requestId)
      if (address.length > MAX_URL) return decline(TOO_LONG)
      // Also one that is old says what the address asks for.
      const read =
        cache.findByAddress(address)?.read ?? readRequest(address.slice(start + 1), operations, schema)
      if (!read) return null
      if ('status' in read) return decline(read)
      const mediaType = mediaTypeFor(headerOf(request, 'accept'))
      if (mediaType < 0) return decline(NOT_ACCEPTABLE)
      return answerRead(read, { request, response, mediaType, requestId }).catch((error: unknown) => {
        log.error({ err: error, operation: read.operation.name }, 'a public read failed')
        return decline(FAILED)
      })
    },
  }
}

// Also as a proxy writes it, with the server's name in front.
const PATH = /^(?:https?:\/\/[^/?]+)?\/graphql\?/

const TOO_LONG = graphqlRefusal(414, 'URI_TOO_LONG', 'The address is too long.')
const FAILED = graphqlRefusal(503, 'INTERNAL_SERVER_ERROR', 'Not now. Ask again in a moment.')
const NOT_ACCEPTABLE = graphqlRefusal(
  406,
  'NOT_ACCEPTABLE',
  'The answer is application/graphql-response+json or application/json.',
)

function headerOf(
  request: IncomingMessage,
  name: 'accept' | 'accept-encoding' | 'if-none-match',
): string | undefined {
  const value = request.headers[name]
  return Array.isArray(value) ? value.join(',') : value
}

const isFailure = (filled: Filled): boolean => !('entry' in filled) && filled.failed

const ageInSeconds = (entry: Entry, moment: number): number =>
  Math.max(0, Math.floor((moment - entry.content.createdAt) / 1_000))

/** RFC 9211. The time to live is negative for a stale answer. */
const hitStatus = (entry: Entry, moment: number): string =>
  `Karcis; hit; ttl=${entry.read.policy.maxAge - ageInSeconds(entry, moment)}`

function send(
  request: IncomingMessage,
  response: ServerResponse,
  entry: Entry,
  ready: Pick<Representation, 'body' | 'headers' | 'headersOf304'>,
  more: readonly string[],
): void {
  const ifNoneMatch = request.headers['if-none-match']
  if (ifNoneMatch !== undefined && isKnown(ifNoneMatch, entry.content.hash)) {
    response.writeHead(304, [...ready.headersOf304, ...more])
    response.end()
    return
  }
  response.writeHead(200, ready.headers.concat(more))
  response.end(ready.body)
}

/** The same answer for whoever waited for it, but for no cache: it may be older than a purge. */
function forOnce({
  body,
  headers,
  headersOf304,
}: Representation): Pick<Representation, 'body' | 'headers' | 'headersOf304'> {
  const once = (all: readonly string[]) =>
    all.map((text, index) =>
      index % 2 === 1 && /(?:^|-)cache-control$/i.test(all[index - 1] ?? '') ? 'no-store' : text,
    )
  return { body, headers: once(headers), headersOf304: once(headersOf304) }
}

async function refuse(response: ServerResponse, reply: Reply, requestId: () => string): Promise<void> {
  if (response.headersSent) {
    response.destroy()
    return
  }
  const headers = Object.entries(reply.headers ?? {}).flatMap(([name, value]) =>
    value === undefined ? [] : [name, value],
  )
  const length = String(Buffer.byteLength(reply.body ?? ''))
  // A refusal is of one request alone, so its id helps whoever looks for it.
  response.writeHead(reply.status, [
    ...headers,
    'Content-Length',
    length,
    'X-Request-Id',
    requestId(),
    'X-Content-Type-Options',
    'nosniff',
    ...PUBLIC_HEADERS,
  ])
  response.end(reply.body)
}
