import { createServer, type Server } from 'node:http'
import type { Log } from '../platform/telemetry.ts'
import { type Reply, type Route, routeFor } from './routes/route.ts'

/** HTTP for a process that serves nobody but probes and metrics. */
export function createProbeServer(routes: readonly Route[], log: Log): Server {
  return createServer((request, response) => {
    const send = ({ status, headers, body }: Reply) => {
      response.writeHead(status, { 'Cache-Control': 'no-store', ...headers })
      response.end(body)
    }
    const url = URL.parse(request.url ?? '/', 'http://karcis')
    const route = url && routeFor(routes, request.method ?? 'GET', url)
    if (!route) return send({ status: 400, body: 'This is no address.\n' })
    if (route.reply) return send(route.reply)
    const { params } = route
    // Nothing is judged by it here, so no proxy is believed.
    const clientIp = request.socket.remoteAddress ?? ''
    const { headers } = request
    route.handle({ url, headers, params, clientIp, body: Buffer.alloc(0) }).then(send, (error) => {
      log.error({ err: error }, 'a probe failed')
      send({ status: 503, body: 'Not now. Ask again in a moment.\n' })
    })
  })
}
