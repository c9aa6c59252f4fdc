import { describe, expect, test } from 'vitest'
import { schema } from '../../schema.ts'
import { loadPersistedOperations } from './persisted-operations.ts'
import { type PublicRead, readRequest } from './read-request.ts'

const operations = loadPersistedOperations(schema)
const idOf = (name: string): string => {
  const found = [...operations.values()].findLast((operation) => operation.name === name)
  if (!found) throw new Error(name)
  return found.id
}
const LIST = idOf('EventList')
const DETAIL = idOf('EventDetail')

const read = (search: string | Record<string, string>) =>
  readRequest(typeof search === 'string' ? search : String(new URLSearchParams(search)), operations, schema)

function keyOf(search: string | Record<string, string>): string {
  const found = read(search)
  if (!found || 'status' in found) throw new Error(JSON.stringify(found))
  return found.key
}

const asked = (variables: string, more: Record<string, string> = {}, id = LIST) => ({
  documentId: `sha256:${id}`,
  variables,
  ...more,
})

/** What is wrong with a request, in its own words. */
function refusal(search: string | Record<string, string>): string {
  const found = read(search)
  if (!found || !('status' in found)) throw new Error('This is answered.')
  expect(found.status).toBe(400)
  expect(found.headers).toMatchObject({ 'Cache-Control': 'no-store' })
  return JSON.parse(String(found.body)).errors[0].message
}

describe('one question has one key', () => {
  const plain = keyOf(asked('{"first":5,"filter":{"city":"Bandung","category":"CONCERT"}}'))

  test.each([
    ['in another order', '{"filter":{"category":"CONCERT","city":"Bandung"},"first":5}'],
    ['with spaces', ' { "first" : 5 ,\n\t"filter":{ "city":"Bandung", "category":"CONCERT" } } '],
    ['with escapes', '{"\\u0066irst":5,"filter":{"city":"\\u0042andung","category":"CONC\\u0045RT"}}'],
    ['with another numeral', '{"first":5.0,"filter":{"city":"Bandung","category":"CONCERT"}}'],
    ['with an exponent', '{"first":50e-1,"filter":{"city":"Bandung","category":"CONCERT"}}'],
    [
      'with a key twice, of which the last counts',
      '{"first":7,"first":5,"filter":{"city":"Bandung","category":"CONCERT"}}',
    ],
  ])('%s', (_how, variables) => {
    expect(keyOf(asked(variables))).toBe(plain)
  })

  test('by documentId, by Apollo’s extensions, by both, and with its name', () => {
    const variables = '{"slug":"a"}'
    const extensions = JSON.stringify({ persistedQuery: { version: 1, sha256Hash: DETAIL } })
    const clientLibrary = { name: '@apollo/client', version: '4.3.8' }
    const first = keyOf(asked(variables, {}, DETAIL))
    expect(keyOf({ extensions, variables })).toBe(first)
    expect(keyOf(asked(variables, { extensions }, DETAIL))).toBe(first)
    expect(keyOf(asked(variables, { operationName: 'EventDetail' }, DETAIL))).toBe(first)
    expect(keyOf(asked(variables, { extensions: JSON.stringify({ clientLibrary }) }, DETAIL))).toBe(first)
    expect(keyOf({ operationName: 'EventDetail', variables, extensions })).toBe(first)
  })

  test('however the address is escaped', () => {
    const escaped = [...`sha256:${DETAIL}`].map((c) => `%${c.charCodeAt(0).toString(16)}`).join('')
    const found = readRequest(
      `v%61riables=%7b%22slug%22:+%22a%22%7D&documentId=${escaped}`,
      operations,
      schema,
    )
    expect(found && 'key' in found && found.key).toBe(keyOf(asked('{"slug":"a"}', {}, DETAIL)))
  })

  test('for one moment in two spellings', () => {
    const from = (text: string) => keyOf(asked(JSON.stringify({ filter: { startsAfter: text } })))
    expect(from('2031-01-01T07:00:00+07:00')).toBe(from('2031-01-01T00:00:00Z'))
    expect(from('2031-01-01T00:00:00.000Z')).toBe(from('2031-01-01T00:00:00Z'))
  })

  test('with no variables, with null and with an empty object', () => {
    const none = keyOf({ documentId: `sha256:${LIST}` })
    for (const variables of ['', 'null', '{}', ' { } ']) expect(keyOf(asked(variables))).toBe(none)
  })
})

test('what is not the same question has another key', () => {
  const keys = [
    keyOf(asked('{}')),
    // To leave out and to say null are two things for a resolver, and so is to say what is the default.
    keyOf(asked('{"after":null}')),
    keyOf(asked('{"first":20}')),
    keyOf(asked('{"filter":{}}')),
    keyOf(asked('{"filter":{"city":"a"}}')),
    keyOf(asked('{"filter":{"city":"b"}}')),
    keyOf(asked('{"filter":{"organizerSlug":"a"}}')),
    keyOf(asked('{"filter":{"organizerSlug":"A"}}')),
    keyOf(asked('{"slug":"é"}', {}, DETAIL)),
    keyOf(asked('{"slug":"e\\u0301"}', {}, DETAIL)),
    keyOf(asked('{"slug":"\\ufffd"}', {}, DETAIL)),
    keyOf(asked('{"slug":"a"}', {}, DETAIL)),
    keyOf(asked('{"slug":"a"}', {}, idOf('MerchandiseDetail'))),
    keyOf(asked('{"slug":"a\\",\\"b\\":\\"c"}', {}, DETAIL)),
  ]
  expect(new Set(keys).size).toBe(keys.length)
})

test('what filters compare without case is one question in all its spellings', () => {
  const spellings = ['İzmir élan', ' İZMIR ÉLAN', 'İzmir e\u0301lan '].map((city) =>
    keyOf(asked(JSON.stringify({ filter: { city, search: city, category: city, tag: city } }))),
  )
  expect(new Set(spellings).size).toBe(1)
})

describe('is refused', () => {
  const good = `documentId=sha256:${DETAIL}&variables=${encodeURIComponent('{"slug":"a"}')}`

  test.each([
    ['documentId twice', `${good}&documentId=sha256:${DETAIL}`, 'documentId is given twice.'],
    ['documentId twice, one escaped', `${good}&%64ocumentId=sha256:${LIST}`, 'documentId is given twice.'],
    ['variables twice', `${good}&variables={}`, 'variables is given twice.'],
    ['an unknown parameter twice', `${good}&x=1&x=2`, 'A parameter is given twice.'],
    ['a cache buster', `${good}&_=123`, /^A parameter is not known/],
    ['an empty name', `${good}&=1`, /^A parameter is not known/],
    ['a name in another case', `${good}&Variables={}`, /^A parameter is not known/],
    ['a name with brackets', `${good}&variables[slug]=b`, /^A parameter is not known/],
    ['a document beside the id', `${good}&query={me{id}}`, 'documentId and query name two operations.'],
    [
      'a document beside the hash',
      `query={me{id}}&extensions={"persistedQuery":{"sha256Hash":"${LIST}"}}`,
      /^A parameter is not known/,
    ],
    ['__proto__ as a parameter', `${good}&__proto__=1`, /^A parameter is not known/],
    ['a fragment behind it', `${good}#x`, /no fragment/],
    ['a fragment that holds a parameter', `documentId=sha256:${DETAIL}#&variables={}`, /no fragment/],
    [
      'a document beside the id of a private operation',
      `documentId=sha256:${idOf('Me')}&query={events{edges{cursor}}}`,
      'documentId and query name two operations.',
    ],
    [
      'a document beside an empty id',
      'documentId=&query={me{id}}',
      'documentId and query name two operations.',
    ],
    ['another name', `${good}&operationName=Me`, 'operationName is of another operation.'],
    ['an empty name of the operation', `${good}&operationName=`, 'operationName is of another operation.'],
    ['unknown extensions', `${good}&extensions={"x":1}`, /^extensions may hold/],
    ['extensions that are no object', `${good}&extensions=[]`, /^extensions may hold/],
    [
      'two ids that differ',
      `${good}&extensions={"persistedQuery":{"sha256Hash":"${LIST}"}}`,
      'documentId and extensions name two operations.',
    ],
    [
      'two ids of which one is none',
      `documentId=x&extensions={"persistedQuery":{"sha256Hash":"${LIST}"}}`,
      'documentId and extensions name two operations.',
    ],
  ])('%s', (_what, search, message) => {
    const words = refusal(search)
    if (typeof message === 'string') expect(words).toBe(message)
    else expect(words).toMatch(message)
  })

  test.each([
    ['no JSON', '{', 'variables is no JSON object.'],
    ['a list', '[]', 'variables is no JSON object.'],
    ['a text', '"slug"', 'variables is no JSON object.'],
    ['a number', '1', 'variables is no JSON object.'],
    ['more than one JSON', '{}{}', 'variables is no JSON object.'],
    ['an unknown one', '{"slug":"a","x":1}', 'The operation has no such variable.'],
    ['__proto__', '{"slug":"a","__proto__":{"slug":"b"}}', 'The operation has no such variable.'],
    ['constructor', '{"slug":"a","constructor":1}', 'The operation has no such variable.'],
    ['a missing one', '{}', /\$slug/],
    ['null where there must be one', '{"slug":null}', /\$slug/],
    ['an object for a text', '{"slug":{"toString":1}}', /\$slug/],
    ['a list for a text', '{"slug":["a"]}', /\$slug/],
    ['U+0000', '{"slug":"a\\u0000"}', /U\+0000/],
    ['half a surrogate pair', '{"slug":"\\ud800"}', /surrogate/],
    ['the wrong half of a surrogate pair', '{"slug":"\\udc00\\ud800"}', /surrogate/],
    ['half a surrogate pair behind a whole one', '{"slug":"\\ud83d\\ude00\\ud83d"}', /surrogate/],
    ['lists in lists', `{"slug":${'['.repeat(1_500)}${']'.repeat(1_500)}}`, /\$slug/],
    ['objects in objects', `{"slug":${'{"a":'.repeat(500)}1${'}'.repeat(500)}}`, /\$slug/],
  ])('with variables that are or hold %s', (_what, variables, message) => {
    const words = refusal(asked(variables, {}, DETAIL))
    if (typeof message === 'string') expect(words).toBe(message)
    else expect(words).toMatch(message)
  })

  test.each(['1e400', '-1e400', '2147483648', '1.5', '9007199254740993', '"5"', 'true', '[5]'])(
    'a number of rows that is %s',
    (first) => {
      expect(refusal(asked(`{"first":${first}}`))).toMatch(/\$first/)
    },
  )

  test('a value of an enum or a field of a filter that is misspelt, without naming its neighbours', () => {
    for (const variables of [
      '{"orderBy":"STARTS_AT"}',
      '{"filter":{"citi":"a"}}',
      '{"filter":{"__proto__":{}}}',
    ])
      expect(refusal(asked(variables))).not.toMatch(/did you mean/i)
  })
})

describe('is left to others', () => {
  const hash = (id: string) => ({ extensions: JSON.stringify({ persistedQuery: { sha256Hash: id } }) })

  test.each([
    ['nothing at all', ''],
    ['a document', 'query={me{id}}'],
    ['an unknown id', `documentId=sha256:${'0'.repeat(64)}`],
    ['a hash in another case', `documentId=sha256:${DETAIL.toUpperCase()}`],
    ['a hash of another kind', `documentId=SHA256:${DETAIL}`],
    ['a hash without its kind', `documentId=${DETAIL}`],
    ['a hash with something behind it', `documentId=sha256:${DETAIL}%0A`],
    ['a hash with U+0000 behind it', `documentId=sha256:${DETAIL}%00`],
    ['a name of every object', 'documentId=__proto__'],
    ['a private operation', `documentId=sha256:${idOf('Me')}`],
    ['a mutation', `documentId=sha256:${idOf('CreateOrder')}`],
  ])('%s', (_what, search) => {
    expect(read(search)).toBeNull()
  })

  test('the same in Apollo’s form', () => {
    for (const id of ['0'.repeat(64), DETAIL.toUpperCase(), `sha256:${DETAIL}`, '', '__proto__', idOf('Me')])
      expect(read(hash(id))).toBeNull()
  })
})

test('a read says what it asks, with the variables as they were given', () => {
  const found = read(asked('{"slug":"malam"}', {}, DETAIL)) as PublicRead
  expect(found.operation.name).toBe('EventDetail')
  expect(found.variables).toEqual({ slug: 'malam' })
  expect(found.policy.maxAge).toBe(30)
})
