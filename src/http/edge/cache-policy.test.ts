import { buildSchema, parse } from 'graphql'
import { expect, test } from 'vitest'
import { cacheControl, policyOf } from './cache-policy.ts'

const schema = buildSchema(`
  type Query { open: Thing bare: Thing mine: Thing }
  type Mutation { open: Thing }
  type Thing { name: String left: Int secret: String }
`)
const hint = (type: string, field: string, maxAge: number, scope: 'PUBLIC' | 'PRIVATE' = 'PUBLIC') => {
  const found = schema.getType(type)
  if (!found || !('getFields' in found)) throw new Error(type)
  const definition = found.getFields()[field]
  if (definition)
    definition.extensions = { cacheControl: { maxAge, staleWhileRevalidate: maxAge * 10, scope } }
}
hint('Query', 'open', 30)
hint('Query', 'mine', 0, 'PRIVATE')
hint('Thing', 'left', 2)
hint('Thing', 'secret', 60, 'PRIVATE')

const headerOf = (document: string) => cacheControl(policyOf(schema, parse(document)))

test('the most restrictive hint of the selected fields wins', () => {
  expect(headerOf('{ open { name } }')).toBe('public, max-age=30, stale-while-revalidate=300')
  expect(headerOf('{ open { name left } }')).toBe('public, max-age=2, stale-while-revalidate=20')
})

test('a private field anywhere, also in a fragment or under an alias, keeps the answer out of every cache', () => {
  expect(headerOf('{ open { ...F } } fragment F on Thing { n: secret }')).toBe('private, no-store')
  expect(headerOf('{ open { name } mine { name } }')).toBe('private, no-store')
})

test('a root field without a hint, a mutation and introspection are not cacheable', () => {
  expect(headerOf('{ bare { name } }')).toBe('no-store')
  expect(headerOf('{ open { name } bare { name } }')).toBe('no-store')
  expect(headerOf('mutation { open { name } }')).toBe('no-store')
  expect(headerOf('{ __schema { queryType { name } } }')).toBe('no-store')
})
