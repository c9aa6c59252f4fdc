// What an answer of GraphQL carries besides its data, whichever way it was made.
import type { ExecutionResult } from 'graphql'
import { isAsyncIterable, type Plugin } from 'graphql-yoga'
import type { AppDeps } from '../context.ts'
import { cacheControl, type Policy } from './edge/cache-policy.ts'
import { isFailure } from './graphql-errors.ts'
import { type RequestState, type ServerContext, stateOf } from './request-state.ts'

export const replyHeaders = (state: RequestState, policy: Policy): Record<string, string> => ({
  'Cache-Control': cacheControl(policy?.scope === 'PRIVATE' ? policy : null),
  ...(state.replayed ? { 'Idempotent-Replayed': 'true' } : {}),
})

/** Caching and replay headers. What may be kept is answered by the edge and never comes here. */
export function useReplyHeaders(): Plugin<ServerContext> {
  return {
    onResponse({ request, response, serverContext }) {
      const state = stateOf(serverContext)
      if (!state) return
      const policy = request.method === 'GET' && response.status === 200 ? state.operation?.policy : null
      for (const [name, value] of Object.entries(replyHeaders(state, policy ?? null)))
        response.headers.set(name, value)
    },
  }
}

/**
 * 500 when nothing is answered because of us, so that caches and clients do not take it for an answer. With data beside
 * the error it stays 200, as GraphQL over HTTP has it.
 */
export function useFailureStatus(): Plugin<ServerContext> {
  return {
    onResultProcess({ result, setResult }) {
      if (Array.isArray(result) || isAsyncIterable(result) || !isFailure(result)) return
      setResult(asFailure(result))
    },
  }
}

export const asFailure = (result: ExecutionResult): ExecutionResult => ({
  ...result,
  extensions: { ...result.extensions, http: { status: 500 } },
})

export function useErrorCount(deps: AppDeps): Plugin<ServerContext> {
  return {
    onResultProcess({ result }) {
      for (const one of Array.isArray(result) ? result : [result]) if ('errors' in one) countErrors(deps, one)
    },
  }
}

export function countErrors({ metrics }: AppDeps, { errors }: Pick<ExecutionResult, 'errors'>): void {
  for (const { extensions } of errors ?? [])
    metrics.graphqlErrors.inc({ code: String(extensions?.['code'] ?? 'NONE') })
}
