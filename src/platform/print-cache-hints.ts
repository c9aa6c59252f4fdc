import { type GraphQLSchema, Kind, parse } from 'graphql'
import type { CacheHint } from './cache-hint.ts'

const DEFINITION = `
"""Whether an answer is the same for everybody."""
enum CacheControlScope {
  """It depends on who asks, and no shared cache keeps it."""
  PRIVATE

  """It is the same for everybody."""
  PUBLIC
}

"""
How long caches may keep what the field shows, in seconds. The strictest of the selected fields holds for the whole
answer, of a persisted query by GET only. staleWhileRevalidate and staleIfError are those of RFC 5861.
"""
directive @cacheControl(
  maxAge: Int
  scope: CacheControlScope
  staleIfError: Int
  staleWhileRevalidate: Int
) on FIELD_DEFINITION
`

/** The schema's text with the cache hints of its fields as @cacheControl, which graphql-js does not print by itself. */
export function withCacheHints(schema: GraphQLSchema, text: string): string {
  const notes = parse(text).definitions.flatMap((definition) => {
    const type =
      definition.kind === Kind.OBJECT_TYPE_DEFINITION ? schema.getType(definition.name.value) : undefined
    if (definition.kind !== Kind.OBJECT_TYPE_DEFINITION || !type || !('getFields' in type)) return []
    const fields = type.getFields()
    return (definition.fields ?? []).flatMap(({ name, type: result }) => {
      const hint = fields[name.value]?.extensions['cacheControl'] as CacheHint | undefined
      return hint && result.loc ? [{ at: result.loc.end, note: directiveOf(hint) }] : []
    })
  })
  // From the end to the start, so that the places in front stay where they are.
  const noted = notes.reduceRight((so, { at, note }) => `${so.slice(0, at)} ${note}${so.slice(at)}`, text)
  return `${DEFINITION.trim()}\n\n${noted}\n`
}

function directiveOf({ scope, ...ages }: CacheHint): string {
  if (scope === 'PRIVATE') return '@cacheControl(scope: PRIVATE)'
  const given = Object.entries(ages).filter(([, seconds]) => seconds > 0)
  return `@cacheControl(${given.map(([name, seconds]) => `${name}: ${seconds}`).join(', ')})`
}
