import { GraphQLError } from 'graphql'
import type { Deps } from '../platform/deps.ts'
import { Busy, DomainError } from '../platform/errors.ts'

const INTERNAL = 'Something went wrong on our side. Nothing of this request took effect.'

/** What a client may see of an error: an expected one with its code, a GraphQL one as it is, anything else masked. */
export function toGraphQLError(error: unknown, { log }: Pick<Deps, 'log'>): GraphQLError {
  const original = error instanceof GraphQLError ? error.originalError : error
  const place = error instanceof GraphQLError ? { nodes: error.nodes, path: error.path } : {}
  if (original instanceof DomainError) {
    return new GraphQLError(original.message, {
      ...place,
      extensions: {
        code: original.code,
        ...(original.path ? { path: original.path } : {}),
        ...(original.httpStatus === 200
          ? {}
          : { http: { status: original.httpStatus, headers: retryOf(original) } }),
      },
    })
  }
  // Syntax, validation and coercion are about the client's own document; they name nothing of ours.
  if (error instanceof GraphQLError && (!original || original instanceof GraphQLError)) {
    if (error.extensions['code']) return error
    return new GraphQLError(error.message, {
      ...place,
      source: error.source,
      positions: error.positions,
      extensions: { ...error.extensions, code: 'BAD_USER_INPUT' },
    })
  }
  log.error({ err: original ?? error }, 'a request failed unexpectedly')
  return new GraphQLError(INTERNAL, { ...place, extensions: { code: 'INTERNAL_SERVER_ERROR' } })
}

const retryOf = (error: DomainError): Record<string, string> =>
  error instanceof Busy ? { 'Retry-After': '1' } : {}
