import { type Cache, useResponseCache } from '@envelop/response-cache'
import type { ExecutionResult } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import type { PersistedOperation } from './persisted-operations.ts'
import { tagsOf } from './tags.ts'

/** One execution whose answer may be stored. */
export interface Fill {
  readonly key: string
  readonly operation: PersistedOperation
  /** Null until it is there, and when it must not be stored. */
  answer: SealedAnswer | null
}

/**
 * An answer as the bytes that are sent, with its tags. It is no plain object, so the plugin does not walk through it: that
 * would copy every object of the answer, and those of lists in lists many times, for a fifth of what a miss costs.
 */
export class SealedAnswer {
  readonly body: Buffer
  readonly tags: readonly string[]

  constructor(data: object, operation: PersistedOperation) {
    this.body = Buffer.from(JSON.stringify({ data }))
    this.tags = tagsOf(data, operation.tagPlan, operation.volatile)
  }
}

/** What the plugin adds to the root of a document, where Apollo adds no __typename. */
const ADDED = '__responseCacheTypeName'

/**
 * The response cache, for fills of public reads alone: nothing else that is executed is looked at. The edge has asked the
 * store already, in one step with the purges, and writes the bytes there; the plugin decides whether an answer may be
 * stored. A private field cannot come here, under whatever alias: its operation is not public.
 */
export function useSharedResponses(): Plugin[] {
  return [
    {
      onExecute({ args, executeFn, setExecuteFn }) {
        const fill = fillOf(args.contextValue)
        if (!fill) return
        setExecuteFn(async (given) => {
          const result: ExecutionResult = await executeFn(given)
          if (!result.data || result.errors) return result
          const { [ADDED]: _, ...data } = result.data
          return { data: new SealedAnswer(data, fill.operation) }
        })
      },
    },
    useResponseCache({
      enabled: (context) => fillOf(context) !== undefined,
      cache: (context) => recorder(fillOf(context)),
      buildResponseCacheKey: async ({ context }) => fillOf(context)?.key ?? '',
      session: () => null,
      // The documents have __typename and id where they need them.
      idFields: [],
      // Purges come from the database's commits, not from what a mutation happens to show.
      invalidateViaMutation: false,
      shouldCacheResult: ({ result }) => !result.errors,
      includeExtensionMetadata: false,
    }),
  ]
}

const fillOf = (context: unknown): Fill | undefined =>
  typeof context === 'object' && context !== null && 'fill' in context
    ? (context.fill as Fill | undefined)
    : undefined

const recorder = (fill: Fill | undefined): Cache => ({
  get: async () => undefined,
  set: async (_key, { data }) => {
    if (fill && data instanceof SealedAnswer) fill.answer = data
  },
  invalidate: async () => undefined,
})
