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

/**
 * The policy of an operation: the most restrictive hint of the fields it selects. A root field without a hint makes it
 * uncacheable, so forgetting a hint costs speed and never freshness; mutations are never cacheable.
 */
export function policyOf(schema: GraphQLSchema, document: DocumentNode): Policy {
  if (getOperationAST(document)?.operation !== 'query') return null
  const types = new TypeInfo(schema)
  const hints: (CacheHint | null)[] = []
  visit(
    document,
    visitWithTypeInfo(types, {
      Field(node) {
        if (node.name.value === '__typename') return
        const hint = hintOf(types.getFieldDef()?.extensions['cacheControl'])
        const isRoot = types.getParentType() === schema.getQueryType()
        if (hint || isRoot) hints.push(hint)
      },
    }),
  )
  return hints.reduce<Policy>((policy, hint) => (policy && hint ? stricter(policy, hint) : null), NO_LIMIT)
}

const NO_LIMIT: CacheHint = { maxAge: 31_536_000, staleWhileRevalidate: 31_536_000, scope: 'PUBLIC' }

const stricter = (a: CacheHint, b: CacheHint): CacheHint => ({
  maxAge: Math.min(a.maxAge, b.maxAge),
  staleWhileRevalidate: Math.min(a.staleWhileRevalidate, b.staleWhileRevalidate),
  scope: a.scope === 'PRIVATE' ? 'PRIVATE' : b.scope,
})

function hintOf(value: unknown): CacheHint | null {
  if (typeof value !== 'object' || value === null || !('maxAge' in value)) return null
  return value as CacheHint
}

/** The header for an answer without errors (RFC 9111). Whatever is not public and cacheable is kept nowhere. */
export function cacheControl(policy: Policy): string {
  if (policy?.scope === 'PRIVATE') return 'private, no-store'
  if (!policy || policy.maxAge === 0) return 'no-store'
  const stale =
    policy.staleWhileRevalidate > 0 ? `, stale-while-revalidate=${policy.staleWhileRevalidate}` : ''
  return `public, max-age=${policy.maxAge}${stale}`
}
