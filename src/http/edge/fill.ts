import { randomUUID } from 'node:crypto'
import type { ExecutionResult } from 'graphql'
import type { Clock } from '../../platform/clock.ts'
import type { Replica } from '../../platform/replica.ts'
import { requestScope } from '../../platform/telemetry.ts'
import type { Reply } from '../routes/route.ts'
import type { EdgeCache, Entry } from './edge-cache.ts'
import { MEDIA_TYPES } from './negotiation.ts'
import type { PurgeLog } from './purge-log.ts'
import type { PublicRead } from './read-request.ts'
import { type Content, contentHash } from './representation.ts'
import type { Fill } from './response-cache.ts'
import type { Found, Moment, ResponseStore } from './response-store.ts'

/** Where a read goes: the replica, or where every write is seen at once. */
export type Source = 'replica' | 'primary'

/** Executes a public read. Errors stand in the result. */
export type Execute = (read: PublicRead, fill: Fill, source: Source) => Promise<ExecutionResult>

/** What came of a fill. */
export type Filled =
  | {
      readonly entry: Entry
      readonly from: 'stored' | 'executed'
      /** False: purged meanwhile, so good for whoever waited and for no cache. */
      readonly kept: boolean
    }
  | {
      /** It is our fault, and may be different a moment later. */
      readonly failed: boolean
      reply(mediaType: number): Reply
    }

export interface Filler {
  /** The fill of this key that is under way, or a new one, whose log lines carry the request's id. */
  join(read: PublicRead, requestId?: () => string): { filled: Promise<Filled>; joined: boolean }
}

export interface FillerOptions {
  readonly execute: Execute
  readonly store: ResponseStore
  readonly cache: EdgeCache
  readonly purges: PurgeLog
  readonly clock: Clock
  /** Where public reads go while it is usable; null: to the primary. */
  readonly replica: Pick<Replica, 'maxLagMs' | 'usable'> | null
}

/** Finds answers that are not in this process: in the store, else in the database, once for all who wait. */
export function createFiller(options: FillerOptions): Filler {
  const { cache, clock, purges, store } = options
  const flights = new Map<string, { readonly began: number; readonly filled: Promise<Filled> }>()

  function join(
    read: PublicRead,
    requestId: () => string = randomUUID,
  ): { filled: Promise<Filled>; joined: boolean } {
    const flying = flights.get(read.key)
    const began = purges.moment()
    // One that began before a purge may have read what was then changed: whoever comes after the purge starts anew.
    if (flying?.began === began) return { filled: flying.filled, joined: true }
    const flight = { began, filled: load(read, began, requestId) }
    flights.set(read.key, flight)
    const land = () => {
      if (flights.get(read.key) === flight) flights.delete(read.key)
    }
    flight.filled.then(land, land)
    return { filled: flight.filled, joined: false }
  }

  async function load(read: PublicRead, began: number, requestId: () => string): Promise<Filled> {
    const found = await store.read(read.key)
    if (found.content && isFresh(read, found.content)) return keep(read, found.content, 'stored', began)
    return requestScope.run({ requestId: requestId() }, () => readAnew(read, began, found))
  }

  async function readAnew(read: PublicRead, began: number, found: Found): Promise<Filled> {
    const moment = found.content ? null : found.moment
    const asked = performance.now()
    const replica = options.replica?.usable() ? options.replica : null
    const filled = await query(read, replica ? 'replica' : 'primary')
    if ('reply' in filled) return replica && filled.failed ? fromPrimary(read, moment) : filled
    if (!replica) {
      const kept = keep(read, filled, 'executed', began)
      if (kept.kept) void write(read, filled, moment, 0).then((stored) => stored || cache.drop(kept.entry))
      return kept
    }
    // What was changed so recently that the replica may not have it is read where it is certain.
    const old = purges.purgedWithin(filled.tags, replica.maxLagMs + performance.now() - asked)
    // Where the store had an answer and no moment, it cannot say whether a purge came between.
    if (old || found.content || !(await write(read, filled, moment, replica.maxLagMs)))
      return fromPrimary(read, moment)
    return keep(read, filled, 'executed', began)
  }

  // Redis forgets what is old by its own clock, which may be another one than that of the process that wrote it.
  const isFresh = (read: PublicRead, { createdAt }: Content) =>
    createdAt + read.policy.maxAge * 1_000 > clock.now().getTime()

  async function fromPrimary(read: PublicRead, moment: Moment): Promise<Filled> {
    const began = purges.moment()
    const filled = await query(read, 'primary')
    if ('reply' in filled) return filled
    const stored = await write(read, filled, moment, 0)
    const kept = keep(read, filled, 'executed', began)
    if (stored || !kept.kept) return kept
    cache.drop(kept.entry)
    return { ...kept, kept: false }
  }

  const write = (read: PublicRead, content: Content, moment: Moment, oldBy: number) =>
    store.write(read.key, content, { moment, lifeMs: read.policy.maxAge * 1_000, oldBy })

  function keep(read: PublicRead, content: Content, from: 'stored' | 'executed', began: number) {
    const entry = cache.entryOf(read, content)
    const kept = !purges.purgedSince(began, content)
    if (kept) cache.put(entry)
    return { entry, from, kept }
  }

  async function query(
    read: PublicRead,
    source: Source,
  ): Promise<Content | Exclude<Filled, { entry: Entry }>> {
    const createdAt = clock.now().getTime()
    const fill: Fill = { key: read.key, operation: read.operation, answer: null }
    const result = await options.execute(read, fill, source)
    if (!fill.answer) return refusalOf(result)
    const { body, tags } = fill.answer
    return { body, tags, createdAt, hash: contentHash(body) }
  }

  return { join }
}

/** An answer with errors: kept by nobody, with the status that its errors ask for. */
function refusalOf(result: ExecutionResult): Exclude<Filled, { entry: Entry }> {
  if (!result.errors) throw new Error('An answer was not given to be stored, and has no error either.')
  const errors = result.errors.map((error) => error.toJSON())
  const statuses = errors.map(({ extensions }) => statusOf(extensions))
  const status = Math.max(200, ...statuses)
  const headers = Object.assign({}, ...errors.map(({ extensions }) => headersOf(extensions)))
  const shown = errors.map(({ extensions: { http: _, ...extensions } = {}, ...error }) => ({
    ...error,
    extensions,
  }))
  const body = JSON.stringify({ ...(result.data === undefined ? {} : { data: result.data }), errors: shown })
  return {
    failed: status >= 500,
    reply: (mediaType) => ({
      status,
      headers: {
        ...headers,
        'Content-Type': `${MEDIA_TYPES[mediaType]}; charset=utf-8`,
        'Cache-Control': 'no-store',
      },
      body,
    }),
  }
}

type Extensions = Readonly<Record<string, unknown>> | undefined

function httpOf(extensions: Extensions): { status?: unknown; headers?: unknown } {
  const http = extensions?.['http']
  return typeof http === 'object' && http !== null ? http : {}
}

function statusOf(extensions: Extensions): number {
  const { status } = httpOf(extensions)
  if (typeof status === 'number') return status
  return extensions?.['code'] === 'INTERNAL_SERVER_ERROR' ? 500 : 200
}

function headersOf(extensions: Extensions): object {
  const { headers } = httpOf(extensions)
  return typeof headers === 'object' && headers !== null ? headers : {}
}
