import {
  type DocumentNode,
  type GraphQLSchema,
  getOperationAST,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from 'graphql'
import type { CacheHint } from '../../platform/cache-hint.ts'

/** What an operation allows caches; null: nothing may be kept. */
export type Policy = CacheHint | null

/** A field that has a say in the policy; null: it stands at the root and has no hint. */
interface Say {
  readonly field: string
  readonly hint: CacheHint | null
}

/**
 * The policy of an operation: the most restrictive hint of the fields it selects. A root field without a hint makes it
 * uncacheable, so forgetting a hint costs speed and never freshness; mutations are never cacheable.
 */
export function policyOf(schema: GraphQLSchema, document: DocumentNode): Policy {
  if (getOperationAST(document)?.operation !== 'query') return null
  return saysOf(schema, document).reduce<Policy>(
    (policy, { hint }) => (policy && hint ? stricter(policy, hint) : null),
    NO_LIMIT,
  )
}

/** Why the policy is what it is, in words: the fields whose hints it has. */
export function reasonOf(schema: GraphQLSchema, document: DocumentNode): string {
  const policy = policyOf(schema, document)
  const says = saysOf(schema, document)
  const named = (found: Say[]) => [...new Set(found.map(({ field }) => field))].sort().join(', ')
  if (getOperationAST(document)?.operation !== 'query') return 'only queries are kept'
  if (!policy) return `no hint on ${named(says.filter(({ hint }) => !hint))}`
  const { scope, maxAge } = policy
  return `because of ${named(says.filter(({ hint }) => hint?.scope === scope && (scope === 'PRIVATE' || hint.maxAge === maxAge)))}`
}

function saysOf(schema: GraphQLSchema, document: DocumentNode): Say[] {
  const types = new TypeInfo(schema)
  const says: Say[] = []
  visit(
    document,
    visitWithTypeInfo(types, {
      Field(node) {
        if (node.name.value === '__typename') return
        const hint = hintOf(types.getFieldDef()?.extensions['cacheControl'])
        const parent = types.getParentType()
        if (hint || parent === schema.getQueryType())
          says.push({ field: `${parent?.name}.${node.name.value}`, hint })
      },
    }),
  )
  return says
}

const YEAR = 31_536_000
const NO_LIMIT: CacheHint = { maxAge: YEAR, staleWhileRevalidate: YEAR, staleIfError: YEAR, scope: 'PUBLIC' }

const stricter = (a: CacheHint, b: CacheHint): CacheHint => ({
  maxAge: Math.min(a.maxAge, b.maxAge),
  staleWhileRevalidate: Math.min(a.staleWhileRevalidate, b.staleWhileRevalidate),
  staleIfError: Math.min(a.staleIfError, b.staleIfError),
  scope: a.scope === 'PRIVATE' ? 'PRIVATE' : b.scope,
})

function hintOf(value: unknown): CacheHint | null {
  if (typeof value !== 'object' || value === null || !('maxAge' in value)) return null
  return value as CacheHint
}

/** Whether shared caches may keep the answer at all. */
export const isPublic = (policy: Policy): policy is CacheHint =>
  policy?.scope === 'PUBLIC' && policy.maxAge > 0

/** The header for an answer without errors (RFC 9111, RFC 5861). What is not public and cacheable is kept nowhere. */
export function cacheControl(policy: Policy): string {
  if (policy?.scope === 'PRIVATE') return 'private, no-store'
  if (!isPublic(policy)) return 'no-store'
  const { maxAge, staleWhileRevalidate, staleIfError } = policy
  const revalidating = staleWhileRevalidate > 0 ? `, stale-while-revalidate=${staleWhileRevalidate}` : ''
  const failing = staleIfError > 0 ? `, stale-if-error=${staleIfError}` : ''
  return `public, max-age=${maxAge}${revalidating}${failing}`
}
