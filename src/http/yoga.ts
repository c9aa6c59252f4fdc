import type { IncomingMessage } from 'node:http'
import { usePersistedOperations } from '@graphql-yoga/plugin-persisted-operations'
import type { GraphQLSchema } from 'graphql'
import { createGraphQLError, createYoga } from 'graphql-yoga'
import type { AppDeps, Context } from '../context.ts'
import { type Caller, guest } from '../platform/caller.ts'
import type { OpenLimiter } from '../platform/limiter.ts'
import { requestScope } from '../platform/telemetry.ts'
import { createDirectOperations } from './direct-operations.ts'
import type { Execute } from './edge/fill.ts'
import { MEDIA_TYPES } from './edge/negotiation.ts'
import { type PersistedOperations, persistedId } from './edge/persisted-operations.ts'
import { useSharedResponses } from './edge/response-cache.ts'
import { isFailure, toGraphQLError } from './graphql-errors.ts'
import type { PostedParams } from './graphql-request.ts'
import { useCostLimit } from './limits/cost.ts'
import { useDeadline } from './limits/deadline.ts'
import { useDocumentLimits } from './limits/document-limits.ts'
import { createRateLimits } from './limits/rate-limit.ts'
import { useSecretArguments } from './limits/secret-arguments.ts'
import {
  asFailure,
  countErrors,
  replyHeaders,
  useErrorCount,
  useFailureStatus,
  useReplyHeaders,
} from './replies.ts'
import { newState, type RequestState, type ServerContext, stateOf } from './request-state.ts'
import type { Reply } from './routes/route.ts'

export interface YogaOptions {
  readonly schema: GraphQLSchema
  readonly deps: AppDeps
  /** The same parts, reading from the replica. */
  readonly replicaDeps: AppDeps
  readonly operations: PersistedOperations
  /** How long one request may execute. */
  readonly executionTimeoutMs: number
  /** Whether a browser is shown the GraphiQL page. */
  readonly graphiql: boolean
  readonly openLimiter: OpenLimiter
  readonly authenticate: (authorization: string | null) => Promise<Caller>
}

const WELCOME = `# What is on. Ctrl-Space completes, Ctrl-Enter runs.
# To act as somebody, run the login mutation and put its accessToken under Headers:
#   { "Authorization": "Bearer …" }
{
  events(first: 3) {
    edges { node { slug title city startsAt ticketCategories { name price { amount currencyCode } } } }
  }
}
`

/** GraphQL over HTTP. Bodies are bounded and CORS is answered before a request comes here. */
export function createGraphQL(options: YogaOptions) {
  const { schema, deps, operations } = options
  const development = deps.settings.environment !== 'production'
  const callers = new WeakMap<Request, Promise<Caller>>()
  // Once a request, however many ask.
  const callerOf = (request: Request): Promise<Caller> => {
    const known = callers.get(request)
    if (known) return known
    const caller = options.authenticate(request.headers.get('authorization'))
    callers.set(request, caller)
    return caller
  }

  const rates = createRateLimits({ openLimiter: options.openLimiter, metrics: deps.metrics, callerOf })
  const yoga = createYoga<ServerContext, Context>({
    schema,
    graphqlEndpoint: '/graphql',
    landingPage: false,
    batching: false,
    multipart: false,
    cors: false,
    maxRequestBodySize: false,
    logging: false,
    graphiql: options.graphiql ? { title: 'Karcis', defaultQuery: WELCOME } : false,
    // A page of nine megabytes, for whom it is shown.
    renderGraphiQL: async (page) => (await import('@graphql-yoga/render-graphiql')).renderGraphiQL(page),
    maskedErrors: { maskError: (error) => toGraphQLError(error, deps) },
    context: async ({ request, state, ...server }) => {
      const caller = state.operation?.anonymous ? guest : await callerOf(request)
      return contextOf(server.deps ?? deps, state, caller)
    },
    plugins: [
      usePersistedOperations<ServerContext>({
        extractPersistedOperationId: (params, request) => persistedId(params, request),
        getPersistedOperation: (id, _request, context) => {
          const operation = operations.get(id)
          const state = stateOf(context)
          if (operation && state) state.operation = operation
          return operation?.document ?? null
        },
        skipDocumentValidation: true,
        allowArbitraryOperations: async (request) => {
          if (development) return true
          // What is wrong with a token is said: whoever is told "not allowed" would not sign in again.
          const caller = await callerOf(request)
          return caller.kind === 'account' && caller.roles.size > 0
        },
        customErrors: {
          // Apollo's link knows this message and code.
          notFound: () => refusal('PersistedQueryNotFound', 'PERSISTED_QUERY_NOT_FOUND', 404),
          keyNotFound: () =>
            refusal('Name a persisted operation by documentId.', 'PERSISTED_QUERY_ID_REQUIRED', 400),
          persistedQueryOnly: () =>
            refusal('Only persisted operations are answered here.', 'PERSISTED_QUERY_ONLY', 403),
        },
      }),
      useDocumentLimits(schema, development),
      useSecretArguments(schema),
      useCostLimit(development),
      rates.plugin,
      useDeadline(options.executionTimeoutMs),
      ...useSharedResponses(),
      useReplyHeaders(),
      useErrorCount(deps),
      useFailureStatus(),
    ],
  })

  /** Executes a public read outside any request: by the same plugins, and without HTTP, parsing and validation. */
  const execute: Execute = async ({ operation, variables }, fill, source) => {
    const requestId = requestScope.getStore()?.requestId ?? ''
    const state: RequestState = { ...newState(requestId, ''), operation }
    const reading = source === 'replica' ? options.replicaDeps : deps
    try {
      const enveloped = yoga.getEnveloped({ state, fill, deps: reading })
      const contextValue = await enveloped.contextFactory()
      const { document } = operation
      const result = await enveloped.execute({ schema, document, contextValue, variableValues: variables })
      countErrors(deps, result)
      return result
    } catch (error) {
      return { errors: [toGraphQLError(error, deps)] }
    }
  }

  const direct = createDirectOperations({
    schema,
    deps,
    operations,
    executionTimeoutMs: options.executionTimeoutMs,
    rates,
    authenticate: options.authenticate,
    contextOf: (state, caller) => contextOf(deps, state, caller),
    judged: (result) => (isFailure(result) ? asFailure(result) : result),
  })

  /** The answer to a request that has a shorter way than through Yoga; null for all others. */
  function answerDirectly(
    request: IncomingMessage,
    params: PostedParams,
    state: RequestState,
  ): Promise<Reply> | null {
    const mutation = direct.find(params)
    if (!mutation) return null
    const { authorization = null, accept = MEDIA_TYPES[0] } = request.headers
    return direct.run(mutation, { state, authorization, mediaType: accept }).then(({ result, reply }) => {
      countErrors(deps, result)
      const rateHeaders = Object.fromEntries(rates.headersOf(state))
      return { ...reply, headers: { ...reply.headers, ...replyHeaders(state, null), ...rateHeaders } }
    })
  }
  return { handle: yoga, execute, answerDirectly }
}

const contextOf = (deps: AppDeps, state: RequestState, caller: Caller): Context => ({
  deps,
  caller,
  reply: state,
  clientIp: state.clientIp,
  requestId: state.requestId,
  patience: {
    left: () => (state.gone ? 0 : state.deadline - performance.now()),
    refusal: () => state.refusal(),
  },
})

const refusal = (message: string, code: string, status: number) =>
  createGraphQLError(message, { extensions: { code, http: { status } } })
