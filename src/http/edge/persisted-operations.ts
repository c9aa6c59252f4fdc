import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { type DocumentNode, type GraphQLSchema, getOperationAST, parse, validate } from 'graphql'
import { z } from 'zod'
import { type Policy, policyOf } from './cache-policy.ts'

const Manifest = z.object({
  format: z.literal('apollo-persisted-query-manifest'),
  version: z.literal(1),
  operations: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      type: z.enum(['query', 'mutation', 'subscription']),
      body: z.string(),
    }),
  ),
})

export interface PersistedOperation {
  /** SHA-256 of the document, 64 hexadecimal digits. */
  readonly id: string
  readonly name: string
  readonly document: DocumentNode
  readonly policy: Policy
  /** It answers the same whoever asks, so a token beside it is not looked at, not even a stale one. */
  readonly anonymous: boolean
}

export type PersistedOperations = ReadonlyMap<string, PersistedOperation>

export const MANIFEST = new URL('../../../persisted-queries/manifest.json', import.meta.url)

/** The operations of the manifest by id. A document that is not its hash, or not of this schema, stops the start. */
export function loadPersistedOperations(schema: GraphQLSchema, file: URL = MANIFEST): PersistedOperations {
  const { operations } = Manifest.parse(JSON.parse(readFileSync(file, 'utf8')))
  return new Map(
    operations.map(({ id, name, body }) => {
      if (createHash('sha256').update(body).digest('hex') !== id) {
        throw new Error(
          `The persisted operation ${name} is not what its id ${id} says. Run: npm run persisted`,
        )
      }
      const document = parse(body)
      const [error] = validate(schema, document)
      if (error)
        throw new Error(
          `The persisted operation ${name} is not valid: ${error.message}. Run: npm run persisted`,
        )
      const policy = policyOf(schema, document)
      const anonymous = policy?.scope === 'PUBLIC' || isForGuests(schema, document)
      return [id, { id, name, document, policy, anonymous }]
    }),
  )
}

/** Every field at the root says that it is for whoever has no session, such as login. */
function isForGuests(schema: GraphQLSchema, document: DocumentNode): boolean {
  const operation = getOperationAST(document)
  const root = operation && schema.getRootType(operation.operation)?.getFields()
  return Boolean(
    operation?.selectionSet.selections.every(
      (field) => field.kind === 'Field' && root?.[field.name.value]?.extensions['forGuests'] === true,
    ),
  )
}

interface Parameters {
  readonly documentId?: unknown
  readonly extensions?: unknown
}

const DOCUMENT_ID = /^sha256:([0-9a-f]{64})$/

/**
 * The id a request names: `documentId=sha256:<hash>` (GraphQL over HTTP, persisted documents draft) in the URL or body,
 * or Apollo's `extensions.persistedQuery.sha256Hash`. Null when it names none.
 */
export function persistedId(params: Parameters, request: { method: string; url: string }): string | null {
  const documentId =
    request.method === 'GET' ? new URL(request.url).searchParams.get('documentId') : params.documentId
  if (typeof documentId === 'string') return DOCUMENT_ID.exec(documentId)?.[1] ?? documentId
  const { extensions } = params
  if (typeof extensions !== 'object' || extensions === null || !('persistedQuery' in extensions)) return null
  const { persistedQuery } = extensions
  if (typeof persistedQuery !== 'object' || persistedQuery === null || !('sha256Hash' in persistedQuery))
    return null
  return typeof persistedQuery.sha256Hash === 'string' ? persistedQuery.sha256Hash : null
}
