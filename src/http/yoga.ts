import { usePersistedOperations } from '@graphql-yoga/plugin-persisted-operations'
import { renderGraphiQL } from '@graphql-yoga/render-graphiql'
import type { GraphQLSchema } from 'graphql'
import { createGraphQLError, createYoga, type Plugin } from 'graphql-yoga'
import type { AppDeps, Context } from '../context.ts'
import { type Caller, guest } from '../platform/caller.ts'
import { cacheControl } from './edge/cache-policy.ts'
import {
  type PersistedOperation,
  type PersistedOperations,
  persistedId,
} from './edge/persisted-operations.ts'
import { toGraphQLError } from './graphql-errors.ts'

/** What one request's way through the layers finds out. */
export interface RequestState {
  readonly requestId: string
  readonly clientIp: string
  operation: PersistedOperation | null
  /** An error stood in the answer. */
  failed: boolean
  replayed: boolean
}

export interface ServerContext {
  readonly state: RequestState
}

export interface YogaOptions {
  readonly schema: GraphQLSchema
  readonly deps: AppDeps
  readonly operations: PersistedOperations
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

  return createYoga<ServerContext, Context>({
    schema,
    graphqlEndpoint: '/graphql',
    landingPage: false,
    batching: false,
    multipart: false,
    cors: false,
    maxRequestBodySize: false,
    logging: false,
    graphiql: development ? { title: 'Karcis', defaultQuery: WELCOME } : false,
    renderGraphiQL,
    maskedErrors: { maskError: (error) => toGraphQLError(error, deps) },
    context: async ({ request, state }) => {
      const caller = state.operation?.anonymous ? guest : await callerOf(request)
      return { deps, caller, reply: state, clientIp: state.clientIp, requestId: state.requestId }
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
          const caller = await callerOf(request).catch(() => guest)
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
      useReplyHeaders(),
      useErrorCount(deps),
    ],
  })
}

const refusal = (message: string, code: string, status: number) =>
  createGraphQLError(message, { extensions: { code, http: { status } } })

// Hooks type their context without what the server passed in.
const stateOf = (context: object | undefined): RequestState | undefined =>
  (context as Partial<ServerContext> | undefined)?.state

/** Caching and replay headers. Only a persisted public query by GET without an error may be kept by anyone. */
function useReplyHeaders(): Plugin<ServerContext> {
  return {
    onResponse({ request, response, serverContext }) {
      const state = stateOf(serverContext)
      if (!state) return
      const { operation } = state
      const kept = request.method === 'GET' && response.status === 200 && !state.failed && operation
      response.headers.set('Cache-Control', kept ? cacheControl(operation.policy) : 'no-store')
      if (kept) response.headers.append('Vary', 'Accept')
      if (state.replayed) response.headers.set('Idempotent-Replayed', 'true')
    },
  }
}

function useErrorCount({ metrics }: AppDeps): Plugin<ServerContext> {
  return {
    onResultProcess({ result, serverContext }) {
      for (const one of Array.isArray(result) ? result : [result]) {
        if (!('errors' in one) || !one.errors) continue
        const state = stateOf(serverContext)
        if (state) state.failed = true
        for (const error of one.errors)
          metrics.graphqlErrors.inc({ code: String(error.extensions?.['code'] ?? 'NONE') })
      }
    },
  }
}
