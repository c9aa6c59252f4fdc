import {
  type GraphQLSchema,
  type GraphQLType,
  getNullableType,
  getVariableValues,
  isInputObjectType,
  type NamedTypeNode,
  typeFromAST,
} from 'graphql'
import type { CacheHint } from '../../platform/cache-hint.ts'
import { foldCase } from '../../platform/fold-case.ts'
import { graphqlRefusal } from '../refusal.ts'
import type { Reply } from '../routes/route.ts'
import { isPublic } from './cache-policy.ts'
import {
  hashInDocumentId,
  hashInExtensions,
  type PersistedOperation,
  type PersistedOperations,
} from './persisted-operations.ts'

/** A persisted public query, asked by GET. */
export interface PublicRead {
  readonly operation: PersistedOperation
  readonly policy: CacheHint
  readonly variables: Readonly<Record<string, unknown>>
  /** The same for all ways to write the same question: the operation and its variables, in one order and spacing. */
  readonly key: string
}

/** The longest address that is looked at. The longest that a client of ours sends is a fifth of it. */
export const MAX_URL = 4_096

const PARAMETERS = new Set(['documentId', 'variables', 'operationName', 'extensions'])

/** Names itself to the server's statistics; Apollo Client sends it with every request. */
const CLIENT_LIBRARY = 'clientLibrary'

/**
 * What a GET to /graphql asks for, from the address after its question mark. A refusal when it asks for a persisted
 * operation in a way that no client of ours does: caches are keyed by address, so an address that may carry noise would
 * let anyone fill them. Null when something else has to answer: GraphiQL, an unknown id, a private operation, a mutation.
 */
export function readRequest(
  search: string,
  operations: PersistedOperations,
  schema: GraphQLSchema,
): PublicRead | Reply | null {
  // Whoever reads the address as a whole would not see what stands behind it.
  if (search.includes('#')) return badRequest('An address that is asked for has no fragment.')
  const given = new URLSearchParams(search)
  const names = [...given.keys()]
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice !== undefined)
    return badRequest(PARAMETERS.has(twice) ? `${twice} is given twice.` : 'A parameter is given twice.')
  const extensions = objectOf(given.get('extensions'))
  const hash = hashInExtensions(extensions)
  const documentId = given.get('documentId')
  if (documentId === null && hash === null) return null
  if (documentId !== null && given.has('query'))
    return badRequest('documentId and query name two operations.')
  const id = documentId === null ? hash : hashInDocumentId(documentId)
  if (hash !== null && id !== hash) return badRequest('documentId and extensions name two operations.')
  const operation = operations.get(id ?? '')
  const policy = operation?.policy ?? null
  if (!operation || !isPublic(policy)) return null

  const unknown = names.find((name) => !PARAMETERS.has(name))
  if (unknown !== undefined)
    return badRequest(
      'A parameter is not known. Known are documentId, variables, operationName and extensions.',
    )
  if ((given.get('operationName') ?? operation.name) !== operation.name)
    return badRequest('operationName is of another operation.')
  if (
    extensions === undefined ||
    Object.keys(extensions).some((name) => name !== 'persistedQuery' && name !== CLIENT_LIBRARY)
  )
    return badRequest('extensions may hold persistedQuery and clientLibrary.')
  const variables = objectOf(given.get('variables'))
  if (variables === undefined) return badRequest('variables is no JSON object.')
  return coerced({ operation, policy, variables }, schema)
}

/** Checks the variables as execution would, so that what cannot be answered costs no execution and no place in a cache. */
function coerced(asked: Omit<PublicRead, 'key'>, schema: GraphQLSchema): PublicRead | Reply {
  const { id, definitions } = asked.operation
  const variables = inOneCase(asked.variables, definitions, schema)
  const isKnown = (name: string) => definitions.some(({ variable }) => variable.name.value === name)
  if (!Object.keys(variables).every(isKnown)) return badRequest('The operation has no such variable.')
  const { coerced: values, errors } = getVariableValues(schema, definitions, variables, { maxErrors: 1 })
  // graphql-js names neighbours of a misspelt value, and with that what we did not mean to show.
  if (errors?.[0]) return badRequest(errors[0].message.split(' Did you mean')[0] ?? '', 'BAD_USER_INPUT')
  // PostgreSQL has no such text, so nothing can be found by it. Filters say so themselves, and where.
  const unfit = Object.values(values ?? {}).some(
    (value) => typeof value === 'string' && (value.includes('\0') || !value.isWellFormed()),
  )
  if (unfit) return badRequest('A variable holds U+0000 or half a surrogate pair.', 'BAD_USER_INPUT')
  // Coercion has put variables and members in the order of their definitions, whatever order they came in.
  return { ...asked, variables, key: `${id}:${JSON.stringify(values)}` }
}

/** The variables with what is compared without case in one case, so that nobody fills caches with spellings. */
function inOneCase(
  variables: PublicRead['variables'],
  definitions: PersistedOperation['definitions'],
  schema: GraphQLSchema,
): PublicRead['variables'] {
  const types = new Map(
    definitions.map(({ variable, type }) => [
      variable.name.value,
      typeFromAST(schema, type as NamedTypeNode),
    ]),
  )
  return Object.fromEntries(
    Object.entries(variables).map(([name, value]) => [name, withMembersInOneCase(value, types.get(name))]),
  )
}

function withMembersInOneCase(value: unknown, type: GraphQLType | undefined): unknown {
  const named = type && getNullableType(type)
  if (!isInputObjectType(named) || typeof value !== 'object' || value === null || Array.isArray(value))
    return value
  const fields = named.getFields()
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      name,
      fields[name]?.extensions['anyCase'] === true && typeof member === 'string' ? foldCase(member) : member,
    ]),
  )
}

/** The object that a JSON text holds; empty for none or null, undefined for anything else. */
function objectOf(text: string | null): Record<string, unknown> | undefined {
  if (text === null || text === '') return {}
  try {
    const value: unknown = JSON.parse(text)
    if (value === null) return {}
    return typeof value === 'object' && !Array.isArray(value) ? { ...value } : undefined
  } catch {
    return undefined
  }
}

const badRequest = (message: string, code = 'BAD_REQUEST'): Reply => graphqlRefusal(400, code, message)
