import SchemaBuilder from '@pothos/core'
import ComplexityPlugin from '@pothos/plugin-complexity'
import ErrorsPlugin from '@pothos/plugin-errors'
import PrismaPlugin from '@pothos/plugin-prisma'
import RelayPlugin from '@pothos/plugin-relay'
import type { Context } from './context.ts'
import type PrismaTypes from './generated/pothos-types.ts'
import { getDatamodel } from './generated/pothos-types.ts'
import type { CacheHint, CacheTags } from './platform/cache-hint.ts'
import { fieldCost } from './platform/field-cost.ts'
import './platform/refuse-unfit-text.ts'

export interface SchemaTypes {
  Context: Context
  PrismaTypes: PrismaTypes
  DefaultFieldNullability: false
  DefaultEdgesNullability: { list: false; items: false }
  DefaultNodeNullability: false
  Scalars: {
    ID: { Input: string; Output: string }
    DateTime: { Input: Date; Output: Date }
    Decimal: { Input: string; Output: string }
  }
}

export const builder = new SchemaBuilder<SchemaTypes>({
  // Errors comes first, so that a result union wraps whatever the other plugins resolve.
  plugins: [ErrorsPlugin, 'unfitText', RelayPlugin, PrismaPlugin, ComplexityPlugin],
  defaultFieldNullability: false,
  errors: { defaultTypes: [], directResult: true },
  // Only the hints: src/http/limits/cost.ts adds them up, before anything of a request runs.
  complexity: { disabled: true, fieldComplexity: fieldCost },
  relay: {
    nodeQueryOptions: false,
    nodesQueryOptions: false,
    cursorType: 'String',
    edgesFieldOptions: { nullable: { list: false, items: false }, description: 'The rows of this page.' },
    nodeFieldOptions: { nullable: false, description: 'The row itself.' },
    cursorFieldOptions: { description: 'The place of this row, for after and before.' },
    pageInfoFieldOptions: { description: 'Where this page stands in the list.' },
    pageInfoTypeOptions: { description: 'Where a page stands in its list (Relay cursor connections).' },
    hasNextPageFieldOptions: { description: 'More rows follow.' },
    hasPreviousPageFieldOptions: { description: 'Rows stand before this page.' },
    startCursorFieldOptions: { description: 'Cursor of the first row; null for an empty page.' },
    endCursorFieldOptions: { description: 'Cursor of the last row; null for an empty page.' },
    firstArgOptions: { description: 'Rows from the start: 1 to 100, 20 unless told.' },
    afterArgOptions: { description: 'Only rows behind this cursor.' },
    lastArgOptions: { description: 'Rows from the end: 1 to 100.' },
    beforeArgOptions: { description: 'Only rows ahead of this cursor.' },
  },
  prisma: {
    client: (ctx) => ctx.deps.prisma,
    dmmf: getDatamodel(),
    exposeDescriptions: false,
    filterConnectionTotalCount: false,
    onUnusedQuery: null,
  },
})

builder.queryType({ description: 'Reads. Only fields that say so are cached, and only for guests.' })
builder.mutationType({
  description:
    'Writes. What changes an order, a payment or an admission takes an idempotencyKey: 8 to 255 printable ASCII ' +
    'characters, one a submission, kept at least 24 hours for its caller and mutation; those of holds ' +
    'as long as the hold. A replay gives the same answer and the header Idempotent-Replayed: true.',
})

const hint = (cacheControl: CacheHint) => ({ cacheControl })

/** The table of all cache hints, in seconds. A field takes one as its `extensions`: `extensions: cache.catalogue`. */
export const cache = {
  /** What an organizer edits now and then. */
  catalogue: hint({ maxAge: 30, staleWhileRevalidate: 300, staleIfError: 300, scope: 'PUBLIC' }),
  /**
   * What every order changes. Never stale while it can be read: two seconds are what a buyer may be misled for. While it
   * cannot, half a minute of old numbers is better than none; only an order is sure anyway.
   */
  volatile: hint({ maxAge: 2, staleWhileRevalidate: 0, staleIfError: 30, scope: 'PUBLIC' }),
  /** How a waiting room stands, which the whole queue asks. An outage shows old numbers for some seconds. */
  queue: hint({ maxAge: 1, staleWhileRevalidate: 0, staleIfError: 10, scope: 'PUBLIC' }),
  /** What belongs to one caller. */
  private: hint({ maxAge: 0, staleWhileRevalidate: 0, staleIfError: 0, scope: 'PRIVATE' }),
} as const

/** A root field that lists objects: its answers carry `tag`, which is purged when one is added or moves. */
export const listed = (tag: string) => ({ cacheTag: tag })

/** Spread into `extensions` of a type: what its objects are called in caches. */
export const tagged = (cacheTags: CacheTags) => ({ cacheTags })

/**
 * Spread into `extensions` of a mutation that is counted when it asks for `patience.refusal`, which it does before it has an
 * effect; or else when it is over.
 */
export const countedMeanwhile = { countedMeanwhile: true } as const

/** Spread into `extensions` of a field that proves who somebody is: a token sent along is not looked at. */
export const forGuests = { forGuests: true } as const

/** `extensions` of an argument or input field that a scanner fills: control characters in it are not refused. */
export const scanned = { scanned: true } as const

/** Spread into `extensions` of an input field that is compared without case: caches take all spellings for one question. */
export const anyCase = { anyCase: true } as const
