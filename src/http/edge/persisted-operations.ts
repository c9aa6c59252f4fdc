import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import {
  type DocumentNode,
  type GraphQLSchema,
  getOperationAST,
  type OperationDefinitionNode,
  parse,
  type VariableDefinitionNode,
  validate,
} from 'graphql'
import { z } from 'zod'
import { isPublic, type Policy, policyOf } from './cache-policy.ts'
import { type TagPlan, tagPlanOf } from './tags.ts'

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
  readonly definitions: readonly VariableDefinitionNode[]
  readonly policy: Policy
  readonly tagPlan: TagPlan
  /** It shows what is left of stock, so it is never shown stale. */
  readonly volatile: boolean
  /** It answers the same whoever asks, so a token beside it is not looked at, not even a stale one. */
  readonly anonymous: boolean
  /** It waits itself for whether its call was one too many. */
  readonly countedMeanwhile: boolean
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
      return [id, { id, name, document, ...natureOf(schema, document) }]
    }),
  )
}

const NO_TAGS: TagPlan = { lists: [], fields: [] }

/** What is known of an operation before anybody asks. Its root fields are found in no fragment: our documents have none. */
function natureOf(
  schema: GraphQLSchema,
  document: DocumentNode,
): Omit<PersistedOperation, 'id' | 'name' | 'document'> {
  const policy = policyOf(schema, document)
  const operation = getOperationAST(document)
  const extensions = operation ? rootExtensions(schema, operation) : []
  return {
    definitions: operation?.variableDefinitions ?? [],
    policy,
    tagPlan: isPublic(policy) ? tagPlanOf(schema, document) : NO_TAGS,
    volatile: isPublic(policy) && policy.staleWhileRevalidate === 0,
    // Each of its fields is public, or is for whoever has no session, such as login.
    anonymous: policy?.scope === 'PUBLIC' || extensions.every((one) => one?.['forGuests'] === true),
    countedMeanwhile: extensions.every((one) => one?.['countedMeanwhile'] === true),
  }
}

/** Of each selection at the root the extensions of its field; undefined for what is no field. */
function rootExtensions(schema: GraphQLSchema, operation: OperationDefinitionNode) {
  const fields = schema.getRootType(operation.operation)?.getFields()
  return operation.selectionSet.selections.map((selection) =>
    selection.kind === 'Field' ? fields?.[selection.name.value]?.extensions : undefined,
  )
}

const DOCUMENT_ID = /^sha256:([0-9a-f]{64})$/

/** The hash in `documentId=sha256:<hash>`; null when it is not one, such as one in upper case. */
export const hashInDocumentId = (documentId: string): string | null =>
  DOCUMENT_ID.exec(documentId)?.[1] ?? null

/** The hash in Apollo's `extensions.persistedQuery.sha256Hash`; null without one. */
export function hashInExtensions(extensions: unknown): string | null {
  if (typeof extensions !== 'object' || extensions === null || !('persistedQuery' in extensions)) return null
  const { persistedQuery } = extensions
  if (typeof persistedQuery !== 'object' || persistedQuery === null || !('sha256Hash' in persistedQuery))
    return null
  return typeof persistedQuery.sha256Hash === 'string' ? persistedQuery.sha256Hash : null
}

/**
 * The id a request names: by documentId in the URL or body (GraphQL over HTTP, persisted documents draft), or by
 * extensions. Null when it names none.
 */
export function persistedId(
  params: { readonly documentId?: unknown; readonly extensions?: unknown },
  request: { method: string; url: string },
): string | null {
  const documentId =
    request.method === 'GET' ? new URL(request.url).searchParams.get('documentId') : params.documentId
  if (typeof documentId === 'string') return hashInDocumentId(documentId) ?? documentId
  return hashInExtensions(params.extensions)
}
