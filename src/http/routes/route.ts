import type { IncomingHttpHeaders } from 'node:http'

export interface Reply {
  readonly status: number
  readonly headers?: Readonly<Record<string, string | undefined>>
  readonly body?: string | Buffer
}

export interface RouteRequest {
  readonly url: URL
  readonly headers: IncomingHttpHeaders
  readonly params: Readonly<Record<string, string | undefined>>
  /** The client's address; only configured proxies may name another one. */
  readonly clientIp: string
  /** Bounded already. */
  readonly body: Buffer
}

/** What is not GraphQL: probes, webhooks, pictures. */
export interface Route {
  /** For metrics and logs, which never see the path: it may hold a secret. */
  readonly name: string
  /**
   * Who needs it. What deploy/varnish and deploy/nginx hand on is exactly what is `public`; `internal` is for operators and
   * developers, who ask the process itself. test/edge/routes.test.ts compares.
   */
  readonly reach: 'public' | 'internal'
  readonly method: 'GET' | 'POST'
  readonly path: URLPattern
  handle(request: RouteRequest): Promise<Reply>
}

export type Match =
  | { readonly name: string; readonly reply: Reply }
  | (Pick<Route, 'name' | 'handle'> & { readonly params: RouteRequest['params']; readonly reply: null })

/** The route for a request; a ready 404 or 405 where there is none. HEAD goes where GET goes. */
export function routeFor(routes: readonly Route[], method: string, url: URL): Match {
  const allowed: string[] = []
  for (const route of routes) {
    const match = route.path.exec({ pathname: url.pathname })
    if (!match) continue
    if (route.method === method || (route.method === 'GET' && method === 'HEAD')) {
      return {
        name: route.name,
        params: match.pathname.groups,
        reply: null,
        handle: (request) => route.handle(request),
      }
    }
    allowed.push(route.method)
  }
  if (allowed.length === 0) return { name: 'none', reply: { status: 404, body: 'There is nothing here.\n' } }
  return {
    name: 'none',
    reply: { status: 405, headers: { Allow: allowed.join(', ') }, body: 'Not this way.\n' },
  }
}

export const path = (pathname: string): URLPattern => new URLPattern({ pathname })

export const json = (status: number, value: unknown): Reply => ({
  status,
  headers: { 'Content-Type': 'application/json; charset=utf-8' },
  body: JSON.stringify(value),
})
