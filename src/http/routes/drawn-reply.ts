import type { AppDeps } from '../../context.ts'
import { PAGE_POLICY } from '../../modules/documents/page.ts'
import { type Refusal, refusedPage } from '../../modules/documents/refused-page.ts'
import type { Drawn } from '../../platform/drawn.ts'
import { Busy } from '../../platform/errors.ts'
import { siteOf } from '../../platform/network.ts'
import { isKnown } from '../edge/conditional.ts'
import type { Reply, RouteRequest } from './route.ts'
import { secretHeaders } from './secret-headers.ts'

export interface Asked extends RouteRequest {
  /** Who asks, for fairness. */
  readonly network: string
  readonly token: string
}

/**
 * The one way to everything that is drawn for whoever holds an address: counts the network before `find` looks, answers 304
 * to who has it already, and 503 where too much waits. `find` gives a reply, or what to draw and its headers.
 */
export const drawnReply =
  (
    deps: Pick<AppDeps, 'drawingLimits'>,
    find: (asked: Asked) => Promise<Reply | { readonly content: Drawn; readonly headers: Reply['headers'] }>,
  ) =>
  async (request: RouteRequest): Promise<Reply> => {
    // The widest network, for one customer of a provider has 65,536 of /64, each with a turn.
    const network = siteOf(request.clientIp)
    const wait = await deps.drawingLimits.ofNetwork(request.clientIp)
    if (wait !== null) return refusal('limited', wait)
    try {
      const asked = { ...request, network, token: request.params['token'] ?? '' }
      const found = await deps.drawingLimits.reading.run(network, () => find(asked))
      if (!('content' in found)) return found
      const { version } = found.content
      const headers = { ...found.headers, ETag: `"${version}"` }
      if (isKnown(request.headers['if-none-match'] ?? '', version)) return { status: 304, headers }
      return { status: 200, headers, body: await found.content.body() }
    } catch (error) {
      if (!(error instanceof Busy)) throw error
      return refusal('busy', error.retryAfterSeconds)
    }
  }

/** Refuses what is asked for too often, by its name; null: it may go on. Only for who may have it. */
export async function tooOften(deps: Pick<AppDeps, 'drawingLimits'>, name: string): Promise<Reply | null> {
  const wait = await deps.drawingLimits.ofDocument(name)
  return wait === null ? null : refusal('limited', wait)
}

const STATUS: Readonly<Record<Refusal, number>> = { forged: 403, expired: 410, limited: 429, busy: 503 }

/** A page that says in both languages why there is no document. */
export const refusal = (why: Refusal, retryAfterSeconds?: number): Reply => ({
  status: STATUS[why],
  headers: {
    ...secretHeaders({ policy: PAGE_POLICY }),
    'Content-Type': 'text/html; charset=utf-8',
    ...(retryAfterSeconds === undefined ? {} : { 'Retry-After': String(retryAfterSeconds) }),
  },
  body: refusedPage(why),
})
