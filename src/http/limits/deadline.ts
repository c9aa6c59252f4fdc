import { getOperationAST, OperationTypeNode } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import type { Context } from '../../context.ts'
import { DomainError, ExecutionTimeout } from '../../platform/errors.ts'
import type { RequestState, ServerContext } from '../request-state.ts'

/**
 * Runs one call of a mutation. When it takes longer than `timeoutMs` it throws, and the call goes on to its commit or its
 * failure; see useDeadline.
 */
export function beforeDeadline<T>(
  timeoutMs: number,
  state: Pick<RequestState, 'deadline'>,
  run: () => T | Promise<T>,
): Promise<T> {
  state.deadline = performance.now() + timeoutMs
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new ExecutionTimeout()), timeoutMs)
    const over = () => clearTimeout(timer)
    Promise.resolve(run()).then(resolve, reject).then(over)
  })
}

/** Nobody reads it: the client is gone. */
const clientGone = () => new DomainError('CLIENT_GONE', 'The client has left.', null, 499)

/**
 * Ends an execution that takes longer than `timeoutMs`: it is answered 504, and no further resolver starts. A command
 * that is under way is not torn: it goes on, each of its statements bounded by the database, to its commit or its
 * failure, and a repetition with the same idempotency key is told which. When the client leaves, only a query ends.
 */
export function useDeadline(timeoutMs: number): Plugin<Context & ServerContext, ServerContext> {
  return {
    onExecute({ args, executeFn, setExecuteFn }) {
      const { contextValue, document, operationName } = args
      const isQuery = getOperationAST(document, operationName)?.operation === OperationTypeNode.QUERY
      // A read for the caches has no request: others wait for it, and it ends by its deadline only.
      const client = isQuery ? contextValue.request?.signal : undefined
      setExecuteFn(async (given) => {
        contextValue.state.deadline = performance.now() + timeoutMs
        const stop = new AbortController()
        const timer = setTimeout(() => stop.abort(new ExecutionTimeout()), timeoutMs)
        const leave = () => stop.abort(clientGone())
        // The executor itself looks up only between the fields of a mutation.
        const stopped = new Promise<never>((_, reject) => {
          stop.signal.addEventListener('abort', () => reject(stop.signal.reason), { once: true })
        })
        stopped.catch(() => undefined)
        client?.addEventListener('abort', leave, { once: true })
        if (client?.aborted) leave()
        try {
          return await Promise.race([executeFn({ ...given, signal: stop.signal } as typeof given), stopped])
        } finally {
          clearTimeout(timer)
          client?.removeEventListener('abort', leave)
        }
      })
    },
  }
}
