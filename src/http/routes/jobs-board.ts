import { createBullBoard } from '@bull-board/api'
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter'
import { Queue } from 'bullmq'
import type { Redis } from 'ioredis'
import { QUEUE_PREFIX, QUEUES } from '../../platform/lanes.ts'
import { sameSecret } from '../../platform/same-secret.ts'
import type { Log } from '../../platform/telemetry.ts'
import { Hanging, within } from '../../platform/within.ts'
import { BoardAdapter } from './board-adapter.ts'
import { path, type Reply, type Route, type RouteRequest } from './route.ts'

const BASE = '/jobs'
const PATIENCE_MS = 3_000

const HEADERS = {
  'Cache-Control': 'no-store',
  // The dashboard styles elements by itself; its fonts from elsewhere are not fetched, and nothing is sent elsewhere.
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; " +
    "connect-src 'self'; base-uri 'self'; form-action 'none'; frame-ancestors 'none'",
  'Referrer-Policy': 'no-referrer',
  'X-Robots-Tag': 'noindex',
} as const

export interface JobsBoard {
  readonly routes: readonly Route[]
  close(): Promise<void>
}

/**
 * bull-board for operators of the platform: what stands in the queues right now, to look at and not to touch. It shows the jobs
 * of all organizers by kind and id, so no organizer's staff may see it; what they may do is in GraphQL.
 */
export function createJobsBoard(connection: Redis, token: string, log: Log): JobsBoard {
  const queues = QUEUES.map((name) => new Queue(name, { connection, prefix: QUEUE_PREFIX }))
  const shown = queues.map((queue) => {
    queue.on('error', (error) => log.warn({ reason: error.message }, 'the job queue is not reachable'))
    const one = new BullMQAdapter(queue, { readOnlyMode: true, allowRetries: false })
    one.setFormatter('data', ({ id, attempts }) => ({ id, attempts }))
    for (const field of ['returnValue', 'progress'] as const) one.setFormatter(field, () => null)
    return one
  })
  const adapter = new BoardAdapter(BASE)
  createBullBoard({
    queues: shown,
    serverAdapter: adapter,
    options: {
      uiConfig: { boardTitle: 'Karcis jobs', hideRedisDetails: true, hideDocsLink: true, showWorkers: false },
    },
  })

  async function handle(request: RouteRequest): Promise<Reply> {
    if (!isAllowed(request.headers.authorization, token)) {
      return {
        status: 401,
        headers: { ...HEADERS, 'WWW-Authenticate': 'Basic realm="jobs", charset="UTF-8"' },
        body: 'The jobs need their token, as the password of any user.\n',
      }
    }
    try {
      const reply = await within(PATIENCE_MS, adapter.answer(request))
      return { ...reply, headers: { ...reply.headers, ...HEADERS } }
    } catch (error) {
      if (!(error instanceof Hanging)) log.warn({ err: error }, 'the board of jobs could not be shown')
      return { status: 503, headers: HEADERS, body: 'The queue does not answer.\n' }
    }
  }

  const route = (pathname: string): Route => ({
    name: 'jobs-board',
    reach: 'internal',
    method: 'GET',
    path: path(pathname),
    handle,
  })
  return {
    routes: [route(BASE), route(`${BASE}/*`)],
    async close() {
      await Promise.all(queues.map((queue) => queue.close()))
    },
  }
}

function isAllowed(authorization: string | undefined, token: string): boolean {
  const [scheme, credentials] = (authorization ?? '').split(' ')
  const text =
    scheme?.toLowerCase() === 'basic' ? Buffer.from(credentials ?? '', 'base64').toString('utf8') : ''
  // A password may hold a colon, a user may not.
  return sameSecret(text.slice(text.indexOf(':') + 1), token)
}
