import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { type Log, type Metrics, requestScope } from '../platform/telemetry.ts'
import { readBody } from './body.ts'
import { type AddressRanges, clientIp } from './client-ip.ts'
import { type CorsRules, crossOriginHeaders } from './cors.ts'
import type { PublicReads } from './edge/public-reads.ts'
import { checkGraphQLRequest, type PostedParams, readPosted } from './graphql-request.ts'
import { graphqlRefusal, readableTo } from './refusal.ts'
import { newState, type RequestState, type ServerContext } from './request-state.ts'
import { json, type Reply, type Route, routeFor } from './routes/route.ts'

export interface ServerOptions {
  readonly graphql: (request: IncomingMessage, response: ServerResponse, context: ServerContext) => unknown
  /** The answer to a posted request that has a shorter way than through `graphql`; null for all others. */
  readonly answerDirectly: (
    request: IncomingMessage,
    params: PostedParams,
    state: RequestState,
  ) => Promise<Reply> | null
  readonly publicReads: PublicReads
  readonly routes: readonly Route[]
  readonly log: Log
  /** One line a request. */
  readonly requestLog: Log
  readonly metrics: Metrics
  readonly trustedProxies: AddressRanges
  readonly cors: CorsRules
  /** A connection that comes when there are as many ends with its first answer. */
  readonly keptConnections: number
}

const REQUEST_ID = /^[\w-]{8,64}$/
const SLOW_MS = 1_000
// Where most of what comes so far goes.
const GRAPHQL = new URL('http://karcis/graphql')

export function createHttpServer(options: ServerOptions): Server {
  const passing = new WeakSet<Socket>()
  const server = createServer((request, response) => {
    if (passing.has(request.socket)) response.shouldKeepAlive = false
    // Before everything else, because most requests end here. While we stop, the longer way tells clients to leave.
    if (server.listening && options.publicReads.answerReady(request, response)) return
    const requestId = requestIdOf(request)
    // While we stop, a kept connection would only meet a closed door.
    if (!server.listening) response.setHeader('Connection', 'close')
    const failed = (error: unknown) => {
      options.log.error({ err: error }, 'a request failed outside GraphQL')
      send(response, { status: 503, body: 'Not now. Ask again in a moment.\n' })
    }
    const publicRead = options.publicReads.answer(request, response, requestId)
    if (publicRead) {
      publicRead.catch(failed)
      return
    }
    requestScope.run({ requestId: requestId() }, () => {
      handle(options, request, response, requestId()).catch(failed)
    })
  })
  // A crowd without a proxy in front would have us keep 10 KB for each of it, between clicks. Who came before stays: proxies.
  let connections = 0
  server.on('connection', (socket) => {
    connections += 1
    if (connections > options.keptConnections) passing.add(socket)
    socket.once('close', () => {
      connections -= 1
    })
  })
  // Longer than the idle time-out of usual load balancers (60 s), or they reuse a connection that we just closed.
  server.keepAliveTimeout = 65_000
  server.headersTimeout = 66_000
  server.requestTimeout = 30_000
  return server
}

/** What the client or a proxy calls the request, else a name of our own, made when somebody asks. */
function requestIdOf(request: IncomingMessage): () => string {
  let id: string | undefined
  return () => {
    const given = request.headers['x-request-id']
    id ??= typeof given === 'string' && REQUEST_ID.test(given) ? given : crypto.randomUUID()
    return id
  }
}

async function handle(
  options: ServerOptions,
  request: IncomingMessage,
  response: ServerResponse,
  requestId: string,
): Promise<void> {
  const started = performance.now()
  const state = newState(requestId, clientIp(request, options.trustedProxies))
  response.setHeader('X-Request-Id', state.requestId)
  response.setHeader('X-Content-Type-Options', 'nosniff')
  const url = request.url === GRAPHQL.pathname ? GRAPHQL : URL.parse(request.url ?? '/', 'http://karcis')
  if (!url) return send(response, { status: 400, body: 'This is no address.\n' })
  const route = url.pathname === '/graphql' ? null : routeFor(options.routes, request.method ?? 'GET', url)
  response.once('close', () => {
    state.gone = true
    record(options, request, response, state, started, route?.name ?? 'graphql')
  })
  if (!route) return graphql(options, request, response, url, state)
  if (route.reply) return send(response, route.reply)
  const body = await readBody(request)
  if (body === null) {
    response.setHeader('Connection', 'close')
    return send(response, json(413, { code: 'PAYLOAD_TOO_LARGE', message: 'The body is too large.' }))
  }
  const { headers } = request
  const { params } = route
  send(response, await route.handle({ url, headers, params, clientIp: state.clientIp, body }))
}

async function graphql(
  options: ServerOptions,
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
  state: RequestState,
): Promise<void> {
  for (const [name, value] of crossOriginHeaders(options.cors, request)) response.setHeader(name, value)
  if (request.method === 'OPTIONS') return send(response, { status: 204 })
  const refuse = (reply: Reply) => send(response, readableTo(request.headers.accept, reply))
  const refusal = checkGraphQLRequest(request, url)
  if (refusal) return refuse(refusal)
  const withBody: IncomingMessage & { body?: Buffer } = request
  if (request.method === 'POST') {
    const body = await readBody(request)
    if (body === null) {
      // The rest of it is not read, so nothing can follow on this connection.
      response.setHeader('Connection', 'close')
      return refuse(graphqlRefusal(413, 'PAYLOAD_TOO_LARGE', 'The body is too large.'))
    }
    const posted = readPosted(body)
    if ('refusal' in posted) return refuse(posted.refusal)
    const direct = options.answerDirectly(request, posted.params, state)
    if (direct) return send(response, await direct)
    withBody.body = body
  }
  await options.graphql(withBody, response, { state })
}

function send(response: ServerResponse, reply: Reply): void {
  if (response.headersSent) {
    response.destroy()
    return
  }
  const type = typeof reply.body === 'string' ? { 'Content-Type': 'text/plain; charset=utf-8' } : {}
  const length = reply.body === undefined ? {} : { 'Content-Length': Buffer.byteLength(reply.body) }
  response.writeHead(reply.status, { 'Cache-Control': 'no-store', ...length, ...type, ...reply.headers })
  response.end(reply.body)
}

function record(
  { requestLog, metrics }: ServerOptions,
  request: IncomingMessage,
  response: ServerResponse,
  state: RequestState,
  started: number,
  route: string,
): void {
  const ms = Math.round((performance.now() - started) * 10) / 10
  // Names of the manifest only: a client's own operation names would grow the metrics without end.
  const operation = route === 'graphql' ? (state.operation?.name ?? 'ad-hoc') : route
  metrics.requests.inc({ operation, status: response.statusCode })
  metrics.requestDuration.observe({ operation }, ms / 1_000)
  const line = {
    method: request.method,
    operation,
    status: response.statusCode,
    ms,
    client: state.clientIp,
    ...(response.writableFinished ? {} : { aborted: true }),
  }
  if (ms >= SLOW_MS) requestLog.warn(line, 'slow request')
  else if (response.statusCode >= 500) requestLog.error(line, 'request')
  else if (request.method === 'GET') requestLog.debug(line, 'request')
  else requestLog.info(line, 'request')
}
