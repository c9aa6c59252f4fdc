import { type ExecutionResult, GraphQLError } from 'graphql'
import type { Deps } from '../platform/deps.ts'
import {
  Busy,
  DomainError,
  ExecutionTimeout,
  RateLimited,
  Unauthenticated,
  Unavailable,
} from '../platform/errors.ts'
import { kindOf } from '../platform/serializable.ts'

const INTERNAL = 'Something went wrong on our side. Nothing of this request took effect.'

/** What a client may see of an error: an expected one with its code, a GraphQL one as it is, anything else masked. */
export function toGraphQLError(error: unknown, { log }: Pick<Deps, 'log'>): GraphQLError {
  const given = error instanceof GraphQLError ? error.originalError : error
  const original = overdue(given) ?? given
  const place = error instanceof GraphQLError ? placeOf(error) : {}
  if (original instanceof DomainError) {
    return new GraphQLError(original.message, {
      ...place,
      extensions: {
        code: original.code,
        ...(original.path ? { path: original.path } : {}),
        ...(isBrief(original) ? { retryAfterSeconds: original.retryAfterSeconds } : {}),
        ...(original.httpStatus === 200
          ? {}
          : { http: { status: original.httpStatus, headers: headersOf(original) } }),
      },
    })
  }
  // Syntax, validation and coercion are about the client's own document; they name nothing of ours.
  if (error instanceof GraphQLError && (!original || original instanceof GraphQLError)) {
    const { message, extensions } = withoutSuggestion(error)
    return new GraphQLError(message, {
      ...place,
      extensions: { ...extensions, code: extensions['code'] ?? 'BAD_USER_INPUT' },
    })
  }
  log.error({ err: original ?? error }, 'a request failed unexpectedly')
  return new GraphQLError(INTERNAL, { ...place, extensions: { code: 'INTERNAL_SERVER_ERROR' } })
}

/** What a read that the database would not answer in time becomes; null: it failed in another way. */
function overdue(error: unknown): DomainError | null {
  const kind = kindOf(error)
  if (kind === 'timeout') return new ExecutionTimeout()
  if (kind === 'lost') return new Unavailable()
  return kind === 'overloaded' ? new Busy() : null
}

/** graphql-js names neighbours of a misspelt name, and with them what somebody may not look up. */
export function withoutSuggestion(error: GraphQLError): GraphQLError {
  const message = error.message.replace(/ ?Did you mean .*$/s, '')
  if (message === error.message) return error
  return new GraphQLError(message, { ...placeOf(error), extensions: error.extensions })
}

const placeOf = ({ nodes, source, positions, path }: GraphQLError) => ({ nodes, source, positions, path })

/** Nothing was answered because something of ours failed. */
export const isFailure = ({ data, errors }: ExecutionResult): boolean =>
  (data ?? null) === null &&
  (errors ?? []).some(({ extensions }) => extensions?.['code'] === 'INTERNAL_SERVER_ERROR')

/** A refusal that says when to ask again. */
const isBrief = (error: DomainError): error is RateLimited | Busy =>
  error instanceof RateLimited || error instanceof Busy

function headersOf(error: DomainError): Record<string, string> {
  if (isBrief(error)) return { 'Retry-After': String(error.retryAfterSeconds) }
  // RFC 9110 wants it of every 401.
  return error instanceof Unauthenticated ? { 'WWW-Authenticate': 'Bearer' } : {}
}
