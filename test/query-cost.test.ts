// What a document that is not persisted may ask for. Sent to a development server, which says why it refuses, and as staff
// to one in production, which does not.
import { readFileSync } from 'node:fs'
import {
  type GraphQLInputType,
  isInputObjectType,
  isListType,
  isNonNullType,
  type OperationDefinitionNode,
  parse,
  typeFromAST,
} from 'graphql'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { MANIFEST } from '../src/http/edge/persisted-operations.ts'
import { costOf, MAX_COST } from '../src/http/limits/cost.ts'
import { documentLimits } from '../src/http/limits/document-limits.ts'
import { schema } from '../src/schema.ts'
import { type Answer, startApp, type TestApp } from './setup/app.ts'
import { production } from './setup/production.ts'
import { statementsOf } from './setup/statements.ts'

let app: TestApp
let live: TestApp
let staff: string

beforeAll(async () => {
  app = await startApp({ season: true })
  live = await startApp({ season: true, environment: production })
  staff = await live.login('owner@karcis.test')
})
afterAll(async () => {
  await app.close()
  await live.close()
})

const times = (count: number, part: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => part(index)).join(' ')
const nested = (levels: number): string =>
  levels === 0 ? '{ id }' : `{ merchandise { event ${nested(levels - 1)} } }`
const chain = (length: number): string =>
  times(length, (index) => `fragment F${index} on Event { merchandise { event { ...F${index + 1} } } }`) +
  ` fragment F${length} on Event { id }`
const bomb = (depth: number): string =>
  times(depth, (index) => `fragment B${index} on Event { ...B${index + 1} ...B${index + 1} }`) +
  ` fragment B${depth} on Event { ${times(100, (index) => `a${index}: id`)} }`

const hostile: [what: string, why: string, document: string, variables?: object][] = [
  ['fields below each other', 'depth', `{ event(slug: "x") ${nested(5)} }`],
  ['depth that fragments hide', 'depth', `{ event(slug: "x") { ...F0 } } ${chain(5)}`],
  ['depth that inline fragments hide', 'depth', `{ event(slug: "x") { ... { ... on Event ${nested(5)} } } }`],
  ['101 aliases', 'Aliases', `{ ${times(101, (index) => `a${index}: me { id }`)} }`],
  ['101 aliases of __typename', 'Aliases', `{ ${times(101, (index) => `a${index}: __typename`)} }`],
  ['aliases that fragments multiply', 'Aliases', `{ event(slug: "x") { ...B0 b: id } } ${bomb(4)}`],
  ['ten directives at one field', 'Directives', `{ __typename ${'@aa'.repeat(10)} }`],
  [
    'directives all over',
    'Directives',
    `{ ${times(9, (index) => `a${index}: __typename @include(if: true)`)} }`,
  ],
  ['500 equal fields', 'answer as __typename', `{ ${times(500, () => '__typename')} }`],
  [
    'equal fields ahead of the operation',
    'answer as __typename',
    `fragment F on Query { ${times(500, () => '__typename')} } { ...F }`,
  ],
  ['too many tokens', 'Token', `{ ${times(1_001, (index) => `f${index}`)} }`],
  ['a comment of 17,000 characters', 'characters', `{ __typename } #${'x'.repeat(17_000)}`],
  ['a string of 17,000 characters', 'characters', `{ event(slug: "${'x'.repeat(17_000)}") { id } }`],
  [
    'the schema three times',
    'asks for the schema',
    `{ a: __schema { queryType { name } } ${times(2, (i) => `b${i}: __type(name: "Query") { name }`)} }`,
  ],
  ['a billion rows, as a literal', 'costs', '{ events(first: 1000000000) { edges { cursor } } }'],
  ['a billion rows from the end', 'costs', '{ events(last: 1000000000) { edges { cursor } } }'],
  [
    'a billion rows, in a variable',
    'costs',
    'query ($n: Int) { events(first: $n) { edges { cursor } } }',
    { n: 1_000_000_000 },
  ],
  [
    'a billion rows, as a default',
    'costs',
    'query ($n: Int = 1000000000) { events(first: $n) { edges { cursor } } }',
  ],
  [
    'a billion rows in a fragment',
    'costs',
    'query ($n: Int!) { ...F } fragment F on Query { merchandise(first: $n) { edges { cursor } } }',
    { n: 1_000_000_000 },
  ],
  [
    'pages within lists within pages',
    'costs',
    'query ($n: Int!) { events(first: $n) { edges { node { merchandise { reviews(first: $n) { edges { node { body } } } } } } } }',
    { n: 50 },
  ],
  [
    'lists within pages that name no size',
    'costs',
    '{ merchandise { edges { node { event { merchandise { variants { id name sku stock } } } } } } }',
  ],
]

function expectRefusal({ status, headers, body }: Answer): string {
  expect(status, JSON.stringify(body)).toBe(400)
  expect(headers.get('cache-control')).toBe('no-store')
  expect(body.data).toBeUndefined()
  expect(body.errors).toHaveLength(1)
  expect(body.errors[0].extensions).toEqual({ code: 'DOCUMENT_TOO_COMPLEX' })
  return body.errors[0].message
}

describe('refused without one statement:', () => {
  test.each(hostile)('%s', async (_what, why, document, variables) => {
    const sent = await statementsOf(async () => {
      const message = expectRefusal(await app.query(document, variables))
      expect(message).toMatch(/^The document is too complex\. .*\d/)
      expect(message).toContain(why)
    })
    expect(sent).toEqual([])
  })

  test('and in production in words that teach no limit', async () => {
    for (const [what, , document, variables] of hostile) {
      const message = expectRefusal(await live.query(document, variables, { token: staff }))
      expect(message, what).toBe('The document is too complex.')
    }
  })
})

describe('the operation that is asked for is the one that is counted', () => {
  const cheap = 'query Cheap { __typename }'
  const dear = 'query Dear { events(first: 1000000000) { edges { cursor } } }'
  const asked = async (operationName: string, query: string) => {
    const response = await fetch(`${app.url}/graphql`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ query, operationName }),
    })
    const { errors } = await response.json()
    return errors?.[0].extensions.code ?? 'answered'
  }

  test('wherever it stands', async () => {
    for (const document of [`${cheap} ${dear}`, `${dear} ${cheap}`]) {
      expect(await asked('Cheap', document)).toBe('answered')
      expect(await asked('Dear', document)).toBe('DOCUMENT_TOO_COMPLEX')
    }
  })

  test('with its own variables, however often the document was sent before', async () => {
    const query = 'query ($n: Int) { events(first: $n) { edges { cursor } } }'
    expect((await app.query(query, { n: 1 })).status).toBe(200)
    expect((await app.query(query, { n: 1_000_000_000 })).status).toBe(400)
    expect((await app.query(query, { n: 1 })).status).toBe(200)
  })
})

test('a page of 101 rows costs little, and the list itself refuses it', async () => {
  const answers = [
    await app.query('{ events(first: 101) { edges { cursor } } }'),
    await app.query('query ($n: Int) { events(first: $n) { edges { cursor } } }', { n: 101 }),
    await app.call('EventList', { first: 101 }),
    await app.call('EventList', { first: 1_000_000_000 }, { method: 'GET' }),
  ]
  for (const { status, body } of answers) {
    expect(status).toBe(400)
    expect(body.errors[0].extensions.code).toBe('VALIDATION_FAILED')
  }
})

test('variables that do not fit are told as they are, not as a cost', async () => {
  const { body } = await app.query('query ($n: Int) { events(first: $n) { edges { cursor } } }', {
    n: 'many',
  })
  expect(body.errors[0].extensions.code).toBe('BAD_USER_INPUT')
  expect(body.data).toBeUndefined()
})

describe('what validation itself refuses', () => {
  test.each([
    [
      'fragments that go in circles',
      '{ event(slug: "x") { ...A } } fragment A on Event { ...B } fragment B on Event { ...A }',
    ],
    ['a fragment of itself', '{ ...A } fragment A on Query { ...A }'],
    [
      'introspection that goes in circles',
      `{ __schema { types { ${'fields { type { '.repeat(3)}name${' } }'.repeat(3)} } } }`,
    ],
  ])('%s', async (_what, document) => {
    const headers = { Accept: 'application/graphql-response+json' }
    const { status, body } = await app.query(document, {}, { headers })
    expect(status).toBe(400)
    expect(body.errors[0].extensions.code).toBe('GRAPHQL_VALIDATION_FAILED')
  })
})

describe('what honest tools send is answered', () => {
  test('the introspection of GraphiQL and of code generators', async () => {
    const { getIntrospectionQuery } = await import('graphql')
    const query = getIntrospectionQuery({ inputValueDeprecation: true, oneOf: true, specifiedByUrl: true })
    expect((await app.query(query)).body.data.__schema.types.length).toBeGreaterThan(50)
  })

  test('100 aliases', async () => {
    const { body } = await app.query(`{ ${times(100, (index) => `a${index}: __typename`)} }`)
    expect(body.data.a99).toBe('Query')
  })
})

describe('every persisted operation is far below the limits', () => {
  const { operations } = JSON.parse(readFileSync(MANIFEST, 'utf8'))
  const named: [name: string, body: string][] = operations.map((one: { name: string; body: string }) => [
    one.name,
    one.body,
  ])

  test.each(named)('%s', (_name, source) => {
    const document = parse(source)
    const [operation] = document.definitions
    if (operation?.kind !== 'OperationDefinition') throw new Error('No operation.')
    const given = { schema, document, variableValues: requiredOf(operation) }
    expect(costOf(given)).toBeLessThan(MAX_COST / 3)
    const pages = operation.variableDefinitions?.some(({ variable }) => variable.name.value === 'first')
    const largest = { ...given.variableValues, ...(pages ? { first: 100 } : {}) }
    expect(costOf({ ...given, variableValues: largest })).toBeLessThan(MAX_COST / 3)
    expect(source.length).toBeLessThan(documentLimits.characters / 4)
    let tokens = 0
    for (let token = document.loc?.startToken; token; token = token.next ?? undefined) tokens++
    expect(tokens).toBeLessThan(documentLimits.tokens / 4)
  })

  test.each(named)('%s asks for nothing of the schema itself', (_name, source) => {
    expect(source).not.toMatch(/__(?:schema|type)\b/)
  })
})

/** Something for each variable that must be given. */
function requiredOf({ variableDefinitions = [] }: OperationDefinitionNode): Record<string, unknown> {
  const required = variableDefinitions.filter(({ type }) => type.kind === 'NonNullType')
  return Object.fromEntries(
    required.map(({ type, variable }) => [
      variable.name.value,
      something(typeFromAST(schema, type as never) as GraphQLInputType | undefined),
    ]),
  )
}

function something(type: GraphQLInputType | undefined): unknown {
  if (isNonNullType(type)) return something(type.ofType)
  if (isListType(type)) return []
  if (isInputObjectType(type)) {
    const fields = Object.values(type.getFields()).filter((field) => isNonNullType(field.type))
    return Object.fromEntries(fields.map((field) => [field.name, something(field.type)]))
  }
  if (type && 'getValues' in type) return type.getValues()[0]?.name
  return type?.name === 'Int' ? 1 : '01a00000-0000-7000-8000-000000000000'
}
