import type { AppDeps } from '../context.ts'
import type { DomainError } from '../platform/errors.ts'
import { notRefused } from '../platform/patience.ts'
import type { PersistedOperation } from './edge/persisted-operations.ts'
import type { Fill } from './edge/response-cache.ts'
import type { Bucket } from './limits/rate-buckets.ts'

/** What one request's way through the layers finds out. */
export interface RequestState {
  readonly requestId: string
  readonly clientIp: string
  operation: PersistedOperation | null
  replayed: boolean
  /** What its calls count for. */
  readonly counted: Bucket[]
  /** Why its one call must not take effect, once all is counted; null when it may. */
  refusal: () => Promise<DomainError | null>
  /** The connection is closed: nobody reads an answer. */
  gone: boolean
  /** When the request is given up, by performance.now(). */
  deadline: number
}

export interface ServerContext {
  readonly state: RequestState
  /** Present while a public read is executed for the caches. */
  readonly fill?: Fill
  /** What such a read uses in place of the parts that a request uses. */
  readonly deps?: AppDeps
}

/** Of a request that has just come. */
export const newState = (requestId: string, clientIp: string): RequestState => ({
  requestId,
  clientIp,
  operation: null,
  replayed: false,
  counted: [],
  refusal: notRefused,
  gone: false,
  deadline: Number.POSITIVE_INFINITY,
})

// Hooks type their context without what the server passed in.
export const stateOf = (context: object | undefined): RequestState | undefined =>
  (context as Partial<ServerContext> | undefined)?.state
