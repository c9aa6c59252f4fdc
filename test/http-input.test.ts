// What clients send in forms that standards allow, and what only looks like it: media types, times, JSON, preflights, filters.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startApp, type TestApp } from './setup/app.ts'
import { addEvent, addItem, addOrganizer } from './setup/catalogue.ts'
import { addressOf, ask, jsonOf } from './setup/wire.ts'

let app: TestApp

beforeAll(async () => {
  app = await startApp({ environment: { CORS_ORIGINS: 'https://shop.example' } })
})
afterAll(() => app.close())

const post = (body: string, headers: object = { 'Content-Type': 'application/json' }) =>
  ask(app, '/graphql', { method: 'POST', headers, body })
const document = JSON.stringify({ query: '{ __typename }' })

describe('a body is JSON', () => {
  test.each([
    'Application/JSON',
    'application/json; charset="utf-8"',
    'application/json;charset=UTF-8',
    'APPLICATION/JSON ; Charset="UTF-8"',
    'application/json;',
    'application/json; ',
    'application/json; charset=utf-8;',
    'application/json; profile=x',
  ])('by the type %s', async (type) => {
    const answer = await post(document, { 'Content-Type': type })
    expect([answer.status, jsonOf(answer)]).toEqual([200, { data: { __typename: 'Query' } }])
  })

  test.each(['application/json; charset="utf-16"', 'application/jsonx;', 'application/json, text/plain', ''])(
    'and not by the type %s',
    async (type) => {
      expect((await post(document, { 'Content-Type': type })).status).toBe(415)
    },
  )

  test('unpacked, in any case', async () => {
    const headers = { 'Content-Type': 'application/json', 'Content-Encoding': 'Identity' }
    expect((await post(document, headers)).status).toBe(200)
  })
})

describe('JSON that is none is refused without a word of it', () => {
  const secret = 'hunter2'
  const refused = (path: string, body?: string) =>
    body === undefined ? ask(app, path) : ask(app, path, { method: 'POST', headers: JSON_TYPE, body })
  const JSON_TYPE = { 'Content-Type': 'application/json' }

  test.each([
    ['a body that breaks off', '/graphql', `{"query":"{ me { name } }","variables":{"password":"${secret}`],
    ['a body with a stray token', '/graphql', `{"password":"${secret}",}`],
    ['a bare word', '/graphql', secret],
    ['a number', '/graphql', '17'],
    ['null', '/graphql', 'null'],
    ['a text', '/graphql', `"${secret}"`],
    ['variables by GET', `/graphql?query={__typename}&variables={"password":"${secret}"`],
    ['extensions by GET', `/graphql?query={__typename}&extensions={"password":"${secret}"`],
    [
      'variables of a persisted operation',
      addressOf('EventDetail').replace('%7B%7D', encodeURIComponent(`{"slug":"${secret}`)),
    ],
    ['a notification of a payment', '/webhooks/midtrans', `{"order_id":"${secret}",`],
  ])('%s', async (_what, path, body?: string) => {
    const answer = await refused(path.replaceAll('"', '%22').replace(/[{}]/g, encodeURIComponent), body)
    expect(answer.status).toBe(400)
    const text = answer.bytes.toString()
    expect(text).not.toMatch(/hunter2|position|Unexpected|JSON\.parse|token|column/)
    if (path.startsWith('/graphql')) expect(jsonOf(answer).errors[0].extensions.code).toBe('BAD_REQUEST')
  })

  test('a body that is no UTF-8', async () => {
    const latin1 = Buffer.from('{"query":"{ event(slug: \\"caf\xe9\\") { id } }"}', 'latin1')
    const response = await fetch(`${app.url}/graphql`, { method: 'POST', headers: JSON_TYPE, body: latin1 })
    expect(response.status).toBe(400)
  })
})

describe('a DateTime', () => {
  const read = async (startsAfter: string) => {
    const filter = { startsAfter }
    const { body } = await app.query(
      'query ($filter: EventFilter) { events(filter: $filter) { pageInfo { hasNextPage } } }',
      { filter },
    )
    return body.errors?.[0].extensions.code ?? 'read'
  }

  test.each([
    '2026-11-21T12:00:00Z',
    '2026-11-21t12:00:00z',
    '2026-11-21T12:00:00.123456789z',
    '2026-11-21T23:59:59+07:00',
    '2026-11-21t12:00:00-00:00',
    '2028-02-29T00:00:00Z',
  ])('%s is one', async (text) => {
    expect(await read(text)).toBe('read')
  })

  test.each([
    '2026-11-21T24:00:00Z',
    '2026-11-21T12:00Z',
    '2026-11-21T12:00+07:00',
    '2026-11-21T12:60:00Z',
    '2026-11-21T23:59:60Z',
    '2026-11-21T12:00:00',
    '2026-11-21 12:00:00Z',
    '2026-11-21T12:00:00+24:00',
    '2026-11-21T12:00:00+07:60',
    '2026-11-21T12:00:00+0700',
    '2026-02-29T00:00:00Z',
    '2026-13-01T00:00:00Z',
    '20261121T120000Z',
  ])('%s is none', async (text) => {
    expect(await read(text)).toBe('BAD_USER_INPUT')
  })
})

describe('a preflight', () => {
  const TRACING = [
    'traceparent',
    'tracestate',
    'baggage',
    'sentry-trace',
    'b3',
    'x-b3-traceid',
    'x-datadog-trace-id',
    'x-correlation-id',
    'x-request-id',
  ]
  const CLIENT = [
    'apollographql-client-name',
    'apollographql-client-version',
    'x-apollo-operation-name',
    'apollo-require-preflight',
  ]
  const preflight = (origin: string, method: string) =>
    ask(app, '/graphql', {
      method: 'OPTIONS',
      headers: { Origin: origin, 'Access-Control-Request-Method': method },
    })
  const allowed = (header: string | undefined) => (header ?? '').toLowerCase().split(/, */)

  test('lets tracing and client headers through beside the usual ones', async () => {
    const { headers } = await preflight('https://shop.example', 'POST')
    expect(allowed(headers['access-control-allow-headers'])).toEqual(
      expect.arrayContaining(['authorization', 'content-type', ...TRACING, ...CLIENT]),
    )
  })

  test('of a site that is not listed is for reading alone, and without a session', async () => {
    const { headers } = await preflight('https://else.example', 'GET')
    expect(headers['access-control-allow-origin']).toBe('*')
    expect(headers['access-control-allow-methods']).toBe('GET')
    expect(headers['access-control-allow-credentials']).toBeUndefined()
    expect(allowed(headers['access-control-allow-headers'])).toEqual(expect.arrayContaining(TRACING))
    expect(allowed(headers['access-control-allow-headers'])).not.toContain('authorization')
    expect(
      (await preflight('https://else.example', 'POST')).headers['access-control-allow-origin'],
    ).toBeUndefined()
  })
})

describe('a filter by text', () => {
  let organizerId: string

  beforeAll(async () => {
    organizerId = (await addOrganizer(app)).id
    await addEvent(app, organizerId, {
      title: 'Satu',
      city: 'Yogyakarta',
      category: 'Musik Élan',
      tags: ['jazz'],
    })
    await addItem(app, organizerId, { name: 'Kaus', categories: ['Pakaian Pria'], tags: ['katun'] })
  })

  test.each([
    { city: 'Yogyakarta' },
    { city: 'yogyakarta' },
    { city: ' YOGYAKARTA ' },
    { category: 'musik élan' },
    { category: 'MUSIK E\u0301LAN' },
    { tag: 'Jazz' },
    { search: 'SATU' },
  ])('%j finds the event', async (filter) => {
    const { body } = await app.call('EventList', { first: 5, filter })
    expect(body.data.events.edges.map(({ node }: { node: { title: string } }) => node.title)).toEqual([
      'Satu',
    ])
  })

  test.each([{ category: 'pakaian pria' }, { category: ' PAKAIAN PRIA' }, { tag: 'KATUN' }])(
    '%j finds the item',
    async (filter) => {
      const { body } = await app.call('MerchandiseList', { first: 5, filter })
      expect(body.data.merchandise.edges.map(({ node }: { node: { name: string } }) => node.name)).toEqual([
        'Kaus',
      ])
    },
  )

  test('is one question to the caches, however it is spelt', async () => {
    const filters = [{ city: 'Yogyakarta' }, { city: 'YOGYAKARTA' }, { city: ' yogyakarta' }]
    const hits: string[] = []
    for (const filter of filters) {
      const { headers } = await ask(app, addressOf('EventList', { first: 7, filter }))
      hits.push(String(headers['cache-status']))
    }
    expect(hits.slice(1).every((status) => status.startsWith('Karcis; hit'))).toBe(true)
    const { headers } = await ask(app, addressOf('EventList', { first: 7, filter: { city: 'Jogja' } }))
    expect(headers['cache-status']).not.toMatch(/^Karcis; hit/)
  })

  test('is read from an index', async () => {
    const plans = await app.prisma.$queryRawUnsafe<{ indexdef: string }[]>(
      `SELECT indexdef FROM pg_indexes WHERE indexdef ~ '(city_key|category_key)'`,
    )
    expect(plans).toHaveLength(3)
  })
})
