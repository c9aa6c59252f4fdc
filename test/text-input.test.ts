// Every text of the schema, one by one, from a guest, before anybody is asked who he is: what PostgreSQL cannot store is a typed refusal with its place, and never a failure.
import {
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputType,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isLeafType,
  isListType,
  isNonNullType,
  isUnionType,
} from 'graphql'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { schema } from '../src/schema.ts'
import { startApp, type TestApp } from './setup/app.ts'

let app: TestApp

beforeAll(async () => {
  app = await startApp()
})
afterAll(() => app.close())

type Place = readonly [path: readonly string[], type: GraphQLInputType, scanned: boolean]

/** All places of a text in an argument or input field. */
function textsOf(path: readonly string[], type: GraphQLInputType, scanned: boolean): Place[] {
  const named = getNamedType(type)
  if (isInputObjectType(named))
    return Object.values(named.getFields()).flatMap((field) =>
      textsOf([...path, field.name], field.type, field.extensions['scanned'] === true),
    )
  return named.name === 'String' || named.name === 'ID' ? [[path, type, scanned]] : []
}

/** A value of the type with what is required, and `text` at the path. */
function inputOf(type: GraphQLInputType, path: readonly string[], text: string): unknown {
  if (isNonNullType(type)) return inputOf(type.ofType, path, text)
  if (isListType(type)) return [inputOf(type.ofType, path, text)]
  if (isInputObjectType(type)) {
    const [next, ...rest] = path
    return Object.fromEntries(
      Object.values(type.getFields()).flatMap((field) =>
        field.name === next || isNonNullType(field.type)
          ? [
              [
                field.name,
                inputOf(
                  field.type,
                  field.name === next ? rest : [],
                  field.name === next ? text : 'abcd-1234',
                ),
              ],
            ]
          : [],
      ),
    )
  }
  if (isEnumType(type)) return type.getValues()[0]?.name
  if (type.name === 'Int') return 1
  if (type.name === 'Boolean') return true
  if (type.name === 'Decimal') return '1'
  return type.name === 'DateTime' ? '2027-01-01T00:00:00Z' : text
}

function documentOf(operation: string, field: GraphQLField<unknown, unknown>): string {
  const result = getNamedType(field.type)
  const shown = isUnionType(result) ? '{ ... on Error { code path } }' : '{ __typename }'
  const args = field.args.map(({ name }) => `${name}: $${name}`).join(', ')
  const variables = field.args.map(({ name, type }) => `$${name}: ${type}`).join(', ')
  return `${operation} (${variables}) { result: ${field.name}(${args}) ${isLeafType(result) ? '' : shown} }`
}

const variablesOf = (
  args: readonly GraphQLArgument[],
  [first = '', ...rest]: readonly string[],
  text: string,
) =>
  Object.fromEntries(
    args.flatMap(({ name, type }) =>
      name === first || isNonNullType(type)
        ? [[name, inputOf(type, name === first ? rest : [], name === first ? text : 'abcd-1234')]]
        : [],
    ),
  )

const fields = (['query', 'mutation'] as const).flatMap((operation) =>
  Object.values(
    (operation === 'query' ? schema.getQueryType() : schema.getMutationType())?.getFields() ?? {},
  ).map((field) => [operation, field] as const),
)
const cases = fields.flatMap(([operation, field]) =>
  field.args
    .flatMap(({ name, type, extensions }) => textsOf([name], type, extensions['scanned'] === true))
    .map((place) => ({ operation, field, place })),
)

describe('half a surrogate pair and U+0000 are refused', () => {
  test('in every text of every field', async () => {
    expect(cases.length).toBeGreaterThan(100)
    for (const {
      operation,
      field,
      place: [path, , scanned],
    } of cases)
      for (const text of scanned ? ['abcd\ud8001234'] : ['abcd\ud8001234', 'abcd\u00001234']) {
        const { status, body } = await app.query(
          documentOf(operation, field),
          variablesOf(field.args, path, text),
        )
        const refusal = body.data?.result?.code ? body.data.result : body.errors?.[0]?.extensions
        const what = `${field.name} ${path.join('.')}: ${JSON.stringify(body)}`
        expect(status, what).toBeLessThan(500)
        if (scanned) continue
        expect(refusal?.code, what).toBe('VALIDATION_FAILED')
        // Of a list the place ends in a number.
        expect(
          refusal.path.filter((part: string) => !/^\d+$/.test(part)),
          what,
        ).toEqual([...path])
      }
  })
})

test('also where it is written in the document itself', async () => {
  const { status, body } = await app.query('{ event(slug: "a\\u0000b") { id } }')
  expect([status, body.errors[0].extensions]).toEqual([400, { code: 'VALIDATION_FAILED', path: ['slug'] }])
})
