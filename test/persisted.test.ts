import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import {
  type GraphQLInputType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  parse,
  typeFromAST,
  validate,
} from 'graphql'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type ManifestOperation, merge, operationOf } from '../scripts/persisted.ts'
import { takesSecret } from '../src/http/limits/secret-arguments.ts'
import { schema } from '../src/schema.ts'
import { startApp, type TestApp } from './setup/app.ts'

const folder = new URL('../persisted-queries/', import.meta.url)
const text = readFileSync(new URL('manifest.json', folder), 'utf8')
const manifest: { operations: ManifestOperation[] } = JSON.parse(text)
const documents = ['gate', 'storefront'].flatMap((group) =>
  readdirSync(new URL(`${group}/`, folder)).map((name) =>
    operationOf(schema, name, readFileSync(new URL(`${group}/${name}`, folder), 'utf8')),
  ),
)

describe('the manifest', () => {
  test('is up to date: the last operation of each name is its document', () => {
    expect(documents.length).toBeGreaterThan(15)
    for (const document of documents) {
      expect(manifest.operations.findLast(({ name }) => name === document.name)).toEqual(document)
    }
    expect(new Set(documents.map(({ name }) => name)).size).toBe(documents.length)
  })

  test('is in Apollo’s format, with the SHA-256 of each body for its id, each once', () => {
    expect(manifest).toMatchObject({ format: 'apollo-persisted-query-manifest', version: 1 })
    for (const { id, body } of manifest.operations) {
      expect(createHash('sha256').update(body).digest('hex')).toBe(id)
    }
    expect(new Set(manifest.operations.map(({ id }) => id)).size).toBe(manifest.operations.length)
  })

  test('holds only operations that the schema answers, old ones included', () => {
    for (const { name, body } of manifest.operations) {
      expect(validate(schema, parse(body)), name).toEqual([])
    }
  })
})

describe('merging', () => {
  const of = (source: string) => operationOf(schema, 'a.graphql', source)
  const first = of('query A { me { id } }')
  const other = of('query B { me { name } }')

  test('a changed document gets a new id behind the old one, which stays', () => {
    const changed = of('query A { me { id name } }')
    expect(changed.id).not.toBe(first.id)
    expect(merge([first, other], [changed, other]).operations).toEqual([first, changed, other])
  })

  test('a document that is removed, or comes back, loses nothing', () => {
    expect(merge([first, other], [other]).operations).toEqual([first, other])
    expect(merge([first, other], [first]).operations).toEqual([other, first])
    expect(merge([], []).operations).toEqual([])
  })

  test('how a document is written does not change its id, and __typename is added as Apollo adds it', () => {
    const spread = of('# A comment.\nquery   A {\n  me { id, __typename }\n}')
    expect(spread.id).toBe(first.id)
    expect(first.body).toBe('query A {\n  me {\n    id\n    __typename\n  }\n}')
  })

  test('a document that is not valid, has no name, or holds two operations is refused', () => {
    expect(() => of('query A { nothing }')).toThrow('a.graphql')
    expect(() => of('{ me { id } }')).toThrow('a.graphql')
    expect(() => of('query A { me { id } } query B { me { id } }')).toThrow('a.graphql')
  })
})

/** A value of the type with no more than it must have. */
function sampleOf(type: GraphQLInputType): unknown {
  if (isNonNullType(type)) return sampleOf(type.ofType)
  if (isListType(type)) return []
  if (isEnumType(type)) return type.getValues()[0]?.name
  if (isInputObjectType(type)) {
    const required = Object.values(type.getFields()).filter((field) => isNonNullType(field.type))
    return Object.fromEntries(required.map((field) => [field.name, sampleOf(field.type)]))
  }
  if (type.name === 'Int') return 1
  if (type.name === 'ID') return '01a00000-0000-7000-8000-000000000000'
  if (type.name === 'DateTime') return '2031-01-01T00:00:00Z'
  return 'some-text'
}

function variablesOf({ body }: ManifestOperation): Record<string, unknown> {
  const [operation] = parse(body).definitions
  if (operation?.kind !== 'OperationDefinition') throw new Error('No operation.')
  return Object.fromEntries(
    (operation.variableDefinitions ?? [])
      .filter((variable) => variable.type.kind === 'NonNullType')
      .map(({ type, variable }) => {
        const input = typeFromAST(schema, type as never) as GraphQLInputType | undefined
        if (!input) throw new Error(`No type for ${variable.name.value}.`)
        return [variable.name.value, sampleOf(input)]
      }),
  )
}

describe('over HTTP', () => {
  let app: TestApp
  let headers: Record<string, string>

  beforeAll(async () => {
    app = await startApp({ season: true })
    headers = { Authorization: `Bearer ${await app.login('gate@karcis.test')}` }
  })
  afterAll(() => app.close())

  async function post(body: object) {
    const answer = await fetch(`${app.url}/graphql`, {
      method: 'POST',
      headers: { ...headers, 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    })
    return { status: answer.status, body: await answer.json() }
  }
  async function get(parameters: Record<string, string>) {
    const answer = await fetch(`${app.url}/graphql?${new URLSearchParams(parameters)}`, { headers })
    return { status: answer.status, body: await answer.json() }
  }

  const served = documents.map((operation) => [operation.name, operation] as const)

  test.each(served)(
    '%s is served by its id, named either way, by GET only if it reads and takes no secret',
    async (_name, operation) => {
      const { id, type } = operation
      const variables = variablesOf(operation)
      const extensions = { persistedQuery: { version: 1, sha256Hash: id } }
      const posted = await post({ documentId: `sha256:${id}`, variables })
      expect(posted.status, JSON.stringify(posted.body)).toBe(200)
      // A typed refusal or NOT_FOUND is an answer of the operation itself.
      for (const error of posted.body.errors ?? []) expect(error.extensions.code).toBe('NOT_FOUND')
      expect(await post({ extensions, variables })).toEqual(posted)
      const asText = { variables: JSON.stringify(variables) }
      const got = [
        await get({ documentId: `sha256:${id}`, ...asText }),
        await get({ extensions: JSON.stringify(extensions), ...asText }),
      ]
      for (const answer of got) {
        if (type === 'query' && !takesSecret(schema, parse(operation.body))) expect(answer).toEqual(posted)
        else expect(answer.status).toBe(405)
      }
    },
  )

  test('an unknown id is 404 in the words that Apollo’s link knows', async () => {
    const documentId = `sha256:${'0'.repeat(64)}`
    for (const answer of [await get({ documentId }), await post({ documentId })]) {
      expect(answer.status).toBe(404)
      expect(answer.body.errors[0]).toMatchObject({
        message: 'PersistedQueryNotFound',
        extensions: { code: 'PERSISTED_QUERY_NOT_FOUND' },
      })
    }
  })
})
