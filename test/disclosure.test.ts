// What the protocol layer refuses, and what nobody learns from an answer. Against a server in production.
import { request } from 'node:http'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { loadConfig } from '../src/config.ts'
import { createHttpServer } from '../src/http/server.ts'
import { type Answer, prepare, startApp, type TestApp } from './setup/app.ts'
import { production } from './setup/production.ts'
import { categoryOf, guest, key } from './setup/shop.ts'

let live: TestApp
let open: TestApp
let staff: string
let buyer: string

beforeAll(async () => {
  live = await startApp({ season: true, environment: production })
  open = await startApp({ season: true })
  staff = await live.login('owner@karcis.test')
  buyer = await live.login('buyer@karcis.test')
})
afterAll(async () => {
  await live.close()
  await open.close()
})

const post = (body: string | Buffer, headers: Record<string, string> = {}, url = live.url) =>
  fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : new Uint8Array(body),
  })
const codeOf = async (response: Response): Promise<string> =>
  (await response.json()).errors[0].extensions.code

describe('introspection is answered to no guest and no buyer:', () => {
  test.each([
    ['__schema', '{ __schema { types { name } } }'],
    ['__type', '{ __type(name: "Mutation") { fields { name } } }'],
    ['under an alias', '{ events: __schema { directives { name } } }'],
    ['in a fragment', '{ ...F } fragment F on Query { __schema { types { name } } }'],
    ['in an inline fragment', '{ ... on Query { __type(name: "Order") { name } } }'],
    ['beside an honest field', '{ events { edges { cursor } } __schema { types { name } } }'],
    ['below a directive', '{ __schema @include(if: true) { types { name } } }'],
    ['from a mutation', 'mutation { __schema { types { name } } }'],
    ['from a subscription', 'subscription { __schema { types { name } } }'],
    ['as a bare type name', '{ __typename }'],
  ])('%s', async (_form, query) => {
    const answers = [
      await post(JSON.stringify({ query })),
      await post(JSON.stringify({ query }), { Authorization: `Bearer ${buyer}` }),
      await post(JSON.stringify({ query, extensions: { persistedQuery: { version: 1 } } })),
      await fetch(`${live.url}/graphql?${new URLSearchParams({ query })}`),
      await fetch(`${live.url}/graphql?${new URLSearchParams({ query })}`, {
        headers: { Accept: 'text/html' },
      }),
    ]
    for (const answer of answers) {
      const text = await answer.text()
      expect(answer.status, text).toBeGreaterThanOrEqual(400)
      expect(answer.status).toBeLessThan(500)
      expect(answer.headers.get('cache-control')).toBe('no-store')
      expect(text).not.toMatch(/"name"|"data"|Mutation|Subscription/)
    }
  })

  test('beside a persisted operation', async () => {
    const { body, status } = await live.call('EventList', { first: 1 })
    expect(status).toBe(200)
    const { operations } = (await import('../persisted-queries/manifest.json', { with: { type: 'json' } }))
      .default
    const { id } = operations.find(({ name }) => name === 'EventList') ?? { id: '' }
    const answer = await post(
      JSON.stringify({
        documentId: `sha256:${id}`,
        query: '{ __schema { types { name } } }',
        variables: { first: 1 },
      }),
    )
    expect(await answer.text()).not.toContain('"types"')
    expect(body.data.events.edges).toHaveLength(1)
  })
})

describe('the GraphiQL page', () => {
  const page = async (url: string) =>
    (await fetch(`${url}/graphql`, { headers: { Accept: 'text/html' } })).text()

  test('is shown in development, and in production nowhere', async () => {
    expect(await page(open.url)).toMatch(/<html/i)
    expect(await page(live.url)).not.toMatch(/<html/i)
  })

  test('is a setting', async () => {
    const { environment, drop } = await prepare({ environment: production })
    await drop()
    expect(loadConfig(environment).graphiql).toBe(false)
    expect(loadConfig({ ...environment, GRAPHIQL: 'true' }).graphiql).toBe(true)
    expect(loadConfig({ ...environment, NODE_ENV: 'test', GRAPHIQL: 'false' }).graphiql).toBe(false)
  })

  test('opens no door: where it is shown, a guest’s documents are refused all the same', async () => {
    const console = await startApp({ season: true, environment: { ...production, GRAPHIQL: 'true' } })
    try {
      expect(await page(console.url)).toMatch(/<html/i)
      expect((await console.query('{ __schema { types { name } } }')).status).toBe(403)
      const token = await console.login('owner@karcis.test')
      expect((await console.query('{ __typename }', {}, { token })).status).toBe(200)
    } finally {
      await console.close()
    }
  })
})

describe('no message suggests a name:', () => {
  const misspelt: [what: string, document: string, variables?: object][] = [
    ['a field', '{ event(slug: "x") { titel } }'],
    ['a root field', '{ evnts { edges { cursor } } }'],
    ['an argument', '{ events(frist: 1) { edges { cursor } } }'],
    ['a type', '{ ...F } fragment F on Qery { __typename }'],
    ['a type of a variable', 'query ($f: EventFiltr) { events(filter: $f) { edges { cursor } } }'],
    ['a field of one member of a union', '{ order(id: "x") { ... on Ordr { id } } }'],
    ['a field that all but one member has', 'mutation { logout(refreshTokn: "x") }'],
    ['a directive', '{ __typename @inclde(if: true) }'],
    ['a value of an enum', '{ events(orderBy: STARTS_AT_AS) { edges { cursor } } }'],
    ['an input field', '{ events(filter: { citty: "x" }) { edges { cursor } } }'],
    ['a missing selection', '{ event(slug: "x") }'],
    [
      'an enum in a variable',
      'query ($o: EventOrder) { events(orderBy: $o) { edges { cursor } } }',
      { o: 'STARTS_AT_AS' },
    ],
    [
      'an input field in a variable',
      'query ($f: EventFilter) { events(filter: $f) { edges { cursor } } }',
      { f: { citty: 'x' } },
    ],
  ]

  function expectNoSuggestion({ status, body }: Answer): void {
    expect(status).toBeLessThan(500)
    expect(body.errors[0].extensions.code).toMatch(/^(GRAPHQL_VALIDATION_FAILED|BAD_USER_INPUT)$/)
    expect(JSON.stringify(body)).not.toMatch(/did you mean|suggest|"title"|STARTS_AT_ASC|\bcity\b/i)
  }

  test.each(misspelt)('%s', async (_what, document, variables) => {
    // Twice, because Yoga keeps what validation said.
    for (let attempt = 0; attempt < 2; attempt++) expectNoSuggestion(await open.query(document, variables))
    expectNoSuggestion(await live.query(document, variables, { token: staff }))
  })

  test('a variable of a persisted operation, by POST and by GET', async () => {
    expectNoSuggestion(await live.call('EventList', { orderBy: 'STARTS_AT_AS' }))
    expectNoSuggestion(await live.call('EventList', { orderBy: 'STARTS_AT_AS' }, { method: 'GET' }))
    expectNoSuggestion(await live.call('EventList', { filter: { citty: 'x' } }, { method: 'GET' }))
  })
})

describe('no answer says what it was made with:', () => {
  test('headers and extensions, also when tracing is asked for', async () => {
    const headers = {
      'apollo-federation-include-trace': 'ftv1',
      'x-apollo-tracing': '1',
      'x-yoga-debug': '1',
    }
    const answers = [
      await live.call('EventList', { first: 1 }, { headers }),
      await live.call('EventList', { first: 1 }, { headers, method: 'GET' }),
      await live.query('{ events(first: 1) { edges { cursor } } }', {}, { headers, token: staff }),
      await live.query('{ nothing }', {}, { headers, token: staff }),
      await live.query('{ __typename }', {}, { headers }),
    ]
    for (const answer of answers) {
      expect(Object.keys(answer.body)).not.toContain('extensions')
      const names = [...answer.headers.keys()]
      expect(
        names.filter((name) => /server|powered|version|trace|runtime|timing|yoga|apollo/.test(name)),
      ).toEqual([])
    }
  })
})

describe('what fails unexpectedly', () => {
  const internals = /prisma|postgres|relation|review_away|does not exist|invocation|stack|\.ts|node_modules/i

  test('is 500 and masked when nothing is answered, and 200 beside what is', async () => {
    const item = await live.prisma.merchandise.findFirstOrThrow({ where: { published: true } })
    await live.prisma.$executeRaw`ALTER TABLE schedule RENAME TO schedule_away`
    await live.prisma.$executeRaw`ALTER TABLE review RENAME TO review_away`
    try {
      const whole = '{ events(first: 1) { edges { node { schedules { id } } } } }'
      const partial = `{ event(slug: "gelora-kampus") { schedules { id } } organizer(slug: "x") { id } merchandiseItem(slug: "${item.slug}") { name } }`
      for (const accept of ['application/json', 'application/graphql-response+json']) {
        const options = { token: staff, headers: { Accept: accept } }
        const failed = await live.query(whole, {}, options)
        expect(failed.status).toBe(500)
        expect(failed.headers.get('cache-control')).toBe('no-store')
        expect(failed.body.data).toBeNull()
        const beside = await live.query(partial, {}, options)
        expect(beside.status).toBe(200)
        expect(beside.body.data.merchandiseItem).toEqual({ name: item.name })
        for (const { body } of [failed, beside]) {
          expect(body.errors[0].extensions).toEqual({ code: 'INTERNAL_SERVER_ERROR' })
          expect(JSON.stringify(body)).not.toMatch(internals)
        }
      }
      const persisted = await live.call('MerchandiseReviews', { slug: item.slug }, { method: 'GET' })
      expect(persisted.headers.get('cache-control')).toBe('no-store')
      expect(JSON.stringify(persisted.body)).not.toMatch(internals)
    } finally {
      await live.prisma.$executeRaw`ALTER TABLE schedule_away RENAME TO schedule`
      await live.prisma.$executeRaw`ALTER TABLE review_away RENAME TO review`
    }
  })
})

describe('a body', () => {
  const document = JSON.stringify({ query: '{ __typename }' })

  test.each([
    ['application/x-www-form-urlencoded', 'query=%7B__typename%7D'],
    [
      'multipart/form-data; boundary=x',
      '--x\r\nContent-Disposition: form-data; name="operations"\r\n\r\n{}\r\n--x--',
    ],
    ['text/plain;charset=UTF-8', document],
    ['application/graphql', '{ __typename }'],
    ['application/json; charset=utf-16', document],
    ['application/jsonx', document],
    ['json', document],
    [';;', document],
  ])('of the type %s is refused', async (type, body) => {
    const answer = await post(body, { 'Content-Type': type })
    expect(answer.status).toBe(415)
    expect(await codeOf(answer)).toBe('UNSUPPORTED_MEDIA_TYPE')
  })

  test('of no type is refused', async () => {
    expect(
      await raw({ method: 'POST', headers: { 'Content-Length': document.length }, body: document }),
    ).toBe(415)
  })

  test('that would unpack to much is refused packed', async () => {
    const bomb = gzipSync(Buffer.alloc(20_000_000, ' '))
    for (const encoding of ['gzip', 'br', 'deflate', 'gzip, gzip'])
      expect((await post(bomb, { 'Content-Encoding': encoding })).status, encoding).toBe(415)
  })

  test('with a variable of 10 MB is refused before it is read, its length told or not', async () => {
    const body = JSON.stringify({ query: '{ __typename }', variables: { x: 'x'.repeat(10_000_000) } })
    const headers = { 'Content-Type': 'application/json' }
    expect(
      await raw({ method: 'POST', headers: { ...headers, 'Content-Length': body.length }, body: '{' }),
    ).toBe(413)
    expect(await raw({ method: 'POST', headers: { ...headers, 'Transfer-Encoding': 'chunked' }, body })).toBe(
      413,
    )
  })

  test('of ten requests is refused whole', async () => {
    const answer = await post(`[${Array(10).fill(document).join()}]`, {}, open.url)
    expect(answer.status).toBe(400)
    expect(Array.isArray(await answer.json())).toBe(false)
  })

  test('with a key twice, or named like a prototype, does no harm', async () => {
    const bodies = [
      '{"query":"{ __typename }","query":"{ __typename }"}',
      '{"query":"{ __typename }","__proto__":{"query":"{ evil }","polluted":true}}',
      '{"query":"{ __typename }","constructor":{"prototype":{"polluted":true}}}',
      '{"query":"{ __typename }","variables":{"__proto__":{"polluted":true}}}',
      '{"query":"query ($f: EventFilter) { events(filter: $f) { edges { cursor } } }","variables":{"f":{"__proto__":{"city":"x"}}}}',
      '{"query":"{ __typename }","extensions":{"__proto__":{"persistedQuery":{"sha256Hash":"x"}}}}',
    ]
    for (const body of bodies) {
      const answer = await post(body, {}, open.url)
      expect(answer.status, body).toBeLessThan(500)
      await answer.text()
    }
    expect(Reflect.get({}, 'polluted')).toBeUndefined()
  })
})

describe('a mutation', () => {
  test('whose answer the client cannot read is refused with 406, and does nothing', async () => {
    const { category } = await categoryOf(live, 'gelora-kampus', 'Reguler')
    const input = {
      eventId: category.eventId,
      tickets: [{ ticketCategoryId: category.id, quantity: 1 }],
      buyer: guest(),
    }
    const before = await live.prisma.order.count()
    for (const Accept of ['image/png', 'text/html', 'application/xml', 'nonsense', 'application/json;q=0']) {
      const answer = await live.call('CreateOrder', { input, idempotencyKey: key() }, { headers: { Accept } })
      expect(answer.status, Accept).toBe(406)
      expect(answer.body.errors[0].extensions.code).toBe('NOT_ACCEPTABLE')
    }
    expect(await live.prisma.order.count()).toBe(before)
  })

  test('by another method than POST is refused', async () => {
    for (const method of ['PUT', 'DELETE', 'PATCH', 'TRACE']) {
      expect(await raw({ method, headers: {}, body: '' }), method).toBe(405)
    }
  })

  test('that is persisted and comes by GET is refused, naming POST, whoever asks', async () => {
    for (const options of [{}, { token: buyer }, { token: staff }]) {
      const answer = await live.call('Logout', { refreshToken: 'x' }, { ...options, method: 'GET' })
      expect(answer.status).toBe(405)
      expect(answer.headers.get('allow')).toBe('POST')
      expect(answer.headers.get('cache-control')).toBe('no-store')
    }
  })
})

test('a client that sends its headers or body slowly is cut off', () => {
  const server = createHttpServer({} as Parameters<typeof createHttpServer>[0])
  expect(server.requestTimeout).toBeGreaterThan(0)
  expect(server.requestTimeout).toBeLessThanOrEqual(30_000)
  expect(server.headersTimeout).toBeGreaterThan(0)
  server.close()
})

/** The status of what fetch would not send. */
function raw({
  method,
  headers,
  body,
}: {
  method: string
  headers: Record<string, string | number>
  body: string
}) {
  return new Promise<number>((resolve, reject) => {
    const { hostname, port } = new URL(live.url)
    const sent = request({ hostname, port, path: '/graphql', method, headers, agent: false }, (response) => {
      resolve(response.statusCode ?? 0)
      response.resume()
      sent.destroy()
    })
    // A server that has refused need not read the rest.
    sent.on('error', (error) => reject(error))
    sent.write(body)
    if (headers['Content-Length'] === undefined || Number(headers['Content-Length']) === body.length)
      sent.end()
  })
}
