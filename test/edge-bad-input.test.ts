// What may be sent to the address of public reads by mistake or by malice. Each has its typed refusal that no cache keeps,
// or is answered as if what is odd about it were not there; and whoever asks honestly afterwards is answered rightly.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startApp, type TestApp } from './setup/app.ts'
import { key, statusOf as orderStatus, pending } from './setup/shop.ts'
import { addressOf, ask, entriesOf, hashOf, jsonOf, speak, type Wire } from './setup/wire.ts'

const SLUG = 'gelora-kampus'
const GOOD = addressOf('EventDetail', { slug: SLUG })
const DETAIL = hashOf('EventDetail')
const raw = (variables: string, operation = 'EventDetail') =>
  `/graphql?${new URLSearchParams({ documentId: `sha256:${hashOf(operation)}`, variables })}`
const byHash = (hash: unknown, more = '') =>
  `/graphql?variables=${encodeURIComponent(`{"slug":"${SLUG}"}`)}&extensions=${encodeURIComponent(
    JSON.stringify({ persistedQuery: { version: 1, sha256Hash: hash } }),
  )}${more}`

let app: TestApp
/** What the database says, past every cache. */
let truth: unknown
let token: string

beforeAll(async () => {
  app = await startApp({ season: true })
  truth = (await app.call('EventDetail', { slug: SLUG })).body
  token = await app.login('buyer@karcis.test')
  await ask(app, GOOD)
})
afterAll(() => app.close())

const get = (path: string, headers: object = {}) => ask(app, path, { headers })

async function expectHonestAnswer(): Promise<void> {
  const answer = await get(GOOD)
  expect(answer.status).toBe(200)
  expect(jsonOf(answer)).toEqual(truth)
}

/** The code of a refusal that no cache keeps and that holds nothing of an answer. */
function refusalIn({ status, headers, bytes }: Wire): string {
  expect(status).toBeGreaterThanOrEqual(400)
  expect(status).toBeLessThan(500)
  expect(headers['cache-control']).toBe('no-store')
  for (const name of ['etag', 'cdn-cache-control', 'cache-status', 'age', 'set-cookie'])
    expect(headers[name], name).toBeUndefined()
  const { data, errors } = JSON.parse(bytes.toString())
  expect(data ?? null).toBeNull()
  return errors[0].extensions.code
}

describe('is refused, whether the honest answer is kept or not', () => {
  const deep = (lists: number) =>
    `/graphql?documentId=sha256:${DETAIL}&variables={%22slug%22:${'['.repeat(lists)}${']'.repeat(lists)}}`
  const spaces = (length: number) => `${GOOD}${'+'.repeat(length - GOOD.length)}`

  test.each([
    ['documentId twice', `${GOOD}&documentId=sha256:${DETAIL}`, 400, 'BAD_REQUEST'],
    ['documentId twice, of two operations', `${GOOD}&documentId=sha256:${hashOf('Me')}`, 400, 'BAD_REQUEST'],
    ['documentId twice, one escaped', `${GOOD}&document%49d=sha256:${hashOf('Me')}`, 400, 'BAD_REQUEST'],
    ['variables twice', `${GOOD}&variables=${encodeURIComponent('{"slug":"x"}')}`, 400, 'BAD_REQUEST'],
    ['extensions twice', byHash(DETAIL, '&extensions={}'), 400, 'BAD_REQUEST'],
    ['two ids that differ', byHash(hashOf('EventList'), `&documentId=sha256:${DETAIL}`), 400, 'BAD_REQUEST'],
    ['a document beside the id', `${GOOD}&query={me{email}}`, 400, 'BAD_REQUEST'],
    [
      'a document beside the id of a private operation',
      `${addressOf('Me')}&query={events{edges{cursor}}}`,
      400,
      'BAD_REQUEST',
    ],
    ['another name', `${GOOD}&operationName=Me`, 400, 'BAD_REQUEST'],
    ['a cache buster', `${GOOD}&_=123`, 400, 'BAD_REQUEST'],
    ['a cache buster without a value', `${GOOD}&123`, 400, 'BAD_REQUEST'],
    ['a parameter of an advertisement', `${GOOD}&utm_source=x`, 400, 'BAD_REQUEST'],
    ['a fragment', `/graphql?variables={"slug":"x"}&documentId=sha256:${DETAIL}#1`, 400, 'BAD_REQUEST'],
    ['a hash in another case', GOOD.replace(DETAIL, DETAIL.toUpperCase()), 404, 'PERSISTED_QUERY_NOT_FOUND'],
    ['Apollo’s hash in another case', byHash(DETAIL.toUpperCase()), 404, 'PERSISTED_QUERY_NOT_FOUND'],
    ['a hash and a NUL', GOOD.replace(DETAIL, `${DETAIL}%00`), 404, 'PERSISTED_QUERY_NOT_FOUND'],
    ['a part of a hash', GOOD.replace(DETAIL, DETAIL.slice(1)), 404, 'PERSISTED_QUERY_NOT_FOUND'],
    ['a hash that is no text', byHash({ toString: DETAIL }), 400, 'PERSISTED_QUERY_ID_REQUIRED'],
    ['a hash in a list', byHash([DETAIL]), 400, 'PERSISTED_QUERY_ID_REQUIRED'],
    ['the name of every object for an id', '/graphql?documentId=__proto__', 404, 'PERSISTED_QUERY_NOT_FOUND'],
    ['an address of 8 KB', spaces(8_192), 414, 'URI_TOO_LONG'],
    ['an address of 4 KB and 1', spaces(4_097), 414, 'URI_TOO_LONG'],
    ['a document of 8 KB', `/graphql?query={__typename}${'+'.repeat(8_192)}`, 414, 'URI_TOO_LONG'],
    ['3,000 lists in lists', deep(3_000), 414, 'URI_TOO_LONG'],
    ['1,900 lists in lists', deep(1_900), 400, 'BAD_USER_INPUT'],
    [
      'lists without an end',
      `/graphql?documentId=sha256:${DETAIL}&variables=${'['.repeat(3_900)}`,
      400,
      'BAD_REQUEST',
    ],
    ['variables that are a list', raw(`[{"slug":"${SLUG}"}]`), 400, 'BAD_REQUEST'],
    ['variables that are a text', raw(`"${SLUG}"`), 400, 'BAD_REQUEST'],
    ['variables that are true', raw('true'), 400, 'BAD_REQUEST'],
    ['variables that are no JSON', raw(`{slug:"${SLUG}"}`), 400, 'BAD_REQUEST'],
    ['variables with a NUL between them', raw(`{"slug":"${SLUG}"}\0`), 400, 'BAD_REQUEST'],
    ['a text with a raw NUL', raw(`{"slug":"${SLUG}\0"}`), 400, 'BAD_REQUEST'],
    ['a text with an escaped NUL', raw(`{"slug":"${SLUG}\\u0000"}`), 400, 'BAD_USER_INPUT'],
    [
      'a filter with an escaped NUL',
      raw('{"filter":{"city":"a\\u0000"}}', 'EventList'),
      400,
      'VALIDATION_FAILED',
    ],
    ['half a surrogate pair', raw('{"slug":"\\ud800"}'), 400, 'BAD_USER_INPUT'],
    ['an unknown variable', raw(`{"slug":"${SLUG}","_":1}`), 400, 'BAD_REQUEST'],
    ['__proto__ for a variable', raw(`{"__proto__":{"slug":"${SLUG}"}}`), 400, 'BAD_REQUEST'],
    ['__proto__ beside the variable', raw(`{"slug":"${SLUG}","__proto__":{}}`), 400, 'BAD_REQUEST'],
    [
      '__proto__ in a filter',
      raw('{"filter":{"__proto__":{"city":"x"}}}', 'EventList'),
      400,
      'BAD_USER_INPUT',
    ],
    ['a number without end', raw('{"first":1e999}', 'EventList'), 400, 'BAD_USER_INPUT'],
    ['a number of 4,000 digits', raw(`{"first":${'9'.repeat(3_500)}}`, 'EventList'), 400, 'BAD_USER_INPUT'],
    ['a number beyond 32 bits', raw('{"first":4294967297}', 'EventList'), 400, 'BAD_USER_INPUT'],
    ['too many rows', raw('{"first":2147483647}', 'EventList'), 400, 'VALIDATION_FAILED'],
    ['a cursor of another list', raw('{"after":"WyJ4Il0"}', 'EventList'), 400, 'VALIDATION_FAILED'],
    ['a mutation', addressOf('CreateOrder', {}), 405, 'BAD_REQUEST'],
  ] as const)('%s', async (_what, path, status, code) => {
    const entries = await entriesOf(app)
    for (let time = 0; time < 2; time++) {
      const answer = await get(path)
      expect(answer.status).toBe(status)
      expect(refusalIn(answer)).toBe(code)
    }
    const head = await ask(app, path, { method: 'HEAD' })
    expect(head.status).toBeGreaterThanOrEqual(400)
    expect(head.headers['cache-control']).toBe('no-store')
    expect(head.bytes.length).toBe(0)
    expect(await entriesOf(app)).toBe(entries)
    await expectHonestAnswer()
  })

  test.each([
    'nonsense',
    'text/html',
    'application/json;q=0',
    'application/json;q=nonsense',
    'application/json;q=1e9',
    ';;,,;q=',
    '*/*;q=0',
    'application/graphql-response+json;q=-1',
    'text/plain, '.repeat(500),
  ])('an answer of the type %j, with nothing executed', async (accept) => {
    for (const path of [GOOD, addressOf('EventDetail', { slug: `lain-${accept.length}` })]) {
      const entries = await entriesOf(app)
      const answer = await get(path, { accept, 'if-none-match': '*' })
      expect(answer.status).toBe(406)
      expect(refusalIn(answer)).toBe('NOT_ACCEPTABLE')
      expect(await entriesOf(app)).toBe(entries)
    }
    await expectHonestAnswer()
  })

  test.each([
    '/graphql/',
    '//graphql',
    '/graphql;x',
    '/graphql/x',
    '/GRAPHQL',
    '/%67raphql',
    '/graphql%3F',
    '/graphql%00',
  ])('the path %s', async (path) => {
    const { status, headers, bytes } = await get(GOOD.replace('/graphql', path))
    expect(status).toBe(404)
    expect(headers['cache-control']).toBe('no-store')
    expect(headers.etag).toBeUndefined()
    expect(bytes.toString()).not.toContain('data')
  })

  test('what is no HTTP', async () => {
    for (const line of [`GET ${GOOD}\0 HTTP/1.1`, `GET ${GOOD}\xff HTTP/1.1`, `GET ${GOOD} {} HTTP/1.1`]) {
      const heard = await speak(app, `${line}\r\nHost: karcis\r\nConnection: close\r\n\r\n`)
      expect(heard).toMatch(/^HTTP\/1\.1 400 /)
      expect(heard).not.toMatch(/etag|cache-control: public/i)
    }
    const endless = `GET ${GOOD}${'+'.repeat(20_000)} HTTP/1.1\r\nHost: karcis\r\n\r\n`
    expect(await speak(app, endless)).toMatch(/^HTTP\/1\.1 431 /)
    await expectHonestAnswer()
  })
})

describe('is answered as if it were not there', () => {
  test.each([
    ['Range', { range: 'bytes=0-9' }],
    ['many ranges', { range: `bytes=${Array.from({ length: 500 }, () => '0-').join(',')}` }],
    ['If-Range', { range: 'bytes=0-9', 'if-range': '"garbage"' }],
    ['If-Modified-Since', { 'if-modified-since': 'Sat, 01 Jan 2050 00:00:00 GMT' }],
    ['garbage in If-Modified-Since', { 'if-modified-since': '%00;,"' }],
    ['If-Unmodified-Since', { 'if-unmodified-since': 'Thu, 01 Jan 1970 00:00:00 GMT' }],
    ['garbage in If-None-Match', { 'if-none-match': '"", W/, x, \\"' }],
    ['16,000 quotes in If-None-Match', { 'if-none-match': '"'.repeat(12_000) }],
    ['garbage in Accept-Encoding', { 'accept-encoding': 'gzip;q=x, ;;, br;q=7' }],
    [
      'another method',
      { 'x-http-method-override': 'POST', 'x-method-override': 'DELETE', 'x-http-method': 'PUT' },
    ],
    ['another address', { 'x-original-url': addressOf('Me'), 'x-rewrite-url': addressOf('Me') }],
    ['another host', { 'x-forwarded-host': 'evil.example', forwarded: 'host=evil.example' }],
    ['a wish for no cache', { 'cache-control': 'no-cache, no-store', pragma: 'no-cache' }],
    ['a wish for an upgrade', { connection: 'upgrade', upgrade: 'h2c' }],
  ])('%s', async (_what, headers) => {
    for (const path of [GOOD, addressOf('EventDetail', { slug: `lain-${crypto.randomUUID()}` })]) {
      const answer = await get(path, headers)
      expect(answer.status).toBe(200)
      expect(answer.headers['content-range']).toBeUndefined()
      expect(answer.headers['content-encoding']).toBeUndefined()
      expect(jsonOf(answer)).toEqual(path === GOOD ? truth : { data: { event: null } })
    }
    await expectHonestAnswer()
  })

  test('a server’s name in front of the path, as a proxy writes it, and HTTP 1.0', async () => {
    const entries = await entriesOf(app)
    for (const [target, version] of [
      [`http://evil.example${GOOD}`, '1.1'],
      [`https://user:word@evil.example:1${GOOD}`, '1.1'],
      [GOOD, '1.0'],
    ]) {
      const heard = await speak(
        app,
        `GET ${target} HTTP/${version}\r\nHost: karcis\r\nConnection: close\r\n\r\n`,
      )
      const [head = '', body = ''] = heard.split('\r\n\r\n')
      expect(head).toMatch(/^HTTP\/1\.1 200 /)
      expect(head).not.toContain('evil')
      expect(JSON.parse(Buffer.from(body, 'latin1').toString())).toEqual(truth)
    }
    expect(await entriesOf(app)).toBe(entries)
  })

  test('a body with a GET: what stands in it is no request of its own', async () => {
    const inner = `GET ${addressOf('EventDetail', { slug: 'dalam' })} HTTP/1.1\r\nHost: karcis\r\n\r\n`
    const outer = `GET ${GOOD} HTTP/1.1\r\nHost: karcis\r\nContent-Length: ${inner.length}\r\n\r\n${inner}`
    const last = 'GET /health/live HTTP/1.1\r\nHost: karcis\r\nConnection: close\r\n\r\n'
    const heard = await speak(app, outer + last)
    expect(heard.match(/HTTP\/1\.1 200 OK/g)).toHaveLength(2)
    expect(heard).toContain('{"status":"ok"}')
    const posted = await ask(app, GOOD, { body: JSON.stringify({ query: '{ me { email } }' }) })
    expect(jsonOf(posted)).toEqual(truth)
    const both = `GET ${GOOD} HTTP/1.1\r\nHost: karcis\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`
    expect(await speak(app, both)).toMatch(/^HTTP\/1\.1 400 /)
  })

  test('a key that stands twice in the variables: the last one counts, and the entry is its own', async () => {
    await get(raw('{"slug":"satu"}'))
    const entries = await entriesOf(app)
    expect(jsonOf(await get(raw(`{"slug":"satu","slug":"${SLUG}"}`)))).toEqual(truth)
    expect(jsonOf(await get(raw(`{"slug":"${SLUG}","slug":"satu"}`)))).toEqual({ data: { event: null } })
    expect(await entriesOf(app)).toBe(entries)
    await expectHonestAnswer()
  })
})

describe('variables that look like keys and patterns', () => {
  const names = [
    'karcis:{answers-1}:clock',
    'karcis:{answers-1}:tag:karcis',
    '*',
    'karcis:*',
    '{}',
    '__proto__',
    'constructor',
    `${DETAIL}:{"slug":"${SLUG}"}`,
    `"}\n${SLUG}`,
    "' OR slug = 'gelora-kampus' --",
    `${SLUG} `,
    `${SLUG}%00`,
    'FLUSHALL\r\nFLUSHALL\r\n',
    '\ufffd',
    '../../etc/passwd',
  ]

  test.each(names)('such as %j are names like others', async (slug) => {
    const { redis } = app.app.deps
    await redis.set('witness', 'here')
    const path = addressOf('EventDetail', { slug })
    for (const status of [/^Karcis; fwd=miss; stored$/, /^Karcis; hit; ttl=\d+$/]) {
      const answer = await get(path)
      expect(answer.status).toBe(200)
      expect(jsonOf(answer)).toEqual({ data: { event: null } })
      expect(answer.headers['cache-status']).toMatch(status)
    }
    expect(await redis.get('witness')).toBe('here')
    const kept = await redis.keys('karcis:{*:answer:*')
    for (const one of kept) expect(one).toMatch(/^karcis:\{answers-\d+\}:answer:[0-9a-f]{12}:[0-9a-f]{64}$/)
    await expectHonestAnswer()
  })
})

describe('a POST', () => {
  const post = (body: object, headers: object = {}, path = '/graphql') =>
    ask(app, path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    })

  test('of a mutation with If-None-Match and the like runs, and says what it did', async () => {
    const conditions = [
      { 'if-none-match': '*' },
      { 'if-none-match': String((await get(GOOD)).headers.etag) },
      {
        'if-none-match': '"garbage',
        'if-modified-since': 'Sat, 01 Jan 2050 00:00:00 GMT',
        range: 'bytes=0-1',
      },
    ]
    for (const headers of conditions) {
      const { order } = await pending(app)
      const input = { orderId: order.id, accessToken: order.accessToken }
      const variables = { input, idempotencyKey: key() }
      const answer = await post({ documentId: `sha256:${hashOf('CancelOrder')}`, variables }, headers)
      expect(answer.status).toBe(200)
      expect(answer.headers['cache-control']).toBe('no-store')
      expect(answer.headers.etag).toBeUndefined()
      expect(jsonOf(answer).data.cancelOrder.status).toBe('CANCELLED')
      expect(await orderStatus(app, order.id)).toBe('CANCELLED')
    }
  })

  test('of a public read is answered whole, by no cache and for none', async () => {
    const entries = await entriesOf(app)
    const body = { documentId: `sha256:${DETAIL}`, variables: { slug: SLUG } }
    for (const path of ['/graphql', GOOD, addressOf('EventDetail', { slug: 'lain' }), addressOf('Me')]) {
      const answer = await post(body, { 'if-none-match': '*', 'x-http-method-override': 'GET' }, path)
      expect(answer.status).toBe(200)
      expect(answer.headers['cache-control']).toBe('no-store')
      expect(answer.headers['cache-status']).toBeUndefined()
      // What the body asks for, whatever the address says.
      expect(jsonOf(answer)).toEqual(truth)
    }
    expect(await entriesOf(app)).toBe(entries)
  })

  test('with 10,000 lists in lists is refused', async () => {
    const [documentId, deep] = [`sha256:${DETAIL}`, '['.repeat(10_000) + ']'.repeat(10_000)]
    const answer = await ask(app, '/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: `{"documentId":"${documentId}","variables":{"slug":${deep}}}`,
    })
    expect(refusalIn(answer)).toBe('BAD_USER_INPUT')
    await expectHonestAnswer()
  })

  test('of a list of requests, or of a list of variables, is refused', async () => {
    const one = { documentId: `sha256:${DETAIL}`, variables: { slug: SLUG } }
    for (const body of [[one, one], { ...one, variables: [{ slug: SLUG }] }, { ...one, variables: SLUG }]) {
      const answer = await post(body)
      expect(answer.status).toBe(400)
      expect(answer.headers['cache-control']).toBe('no-store')
    }
    await expectHonestAnswer()
  })
})

test.each(['PUT', 'DELETE', 'PATCH', 'PURGE', 'QUERY'])(
  '%s of a kept answer is refused and removes nothing',
  async (method) => {
    const entries = await entriesOf(app)
    const answer = await ask(app, GOOD, { method })
    expect(answer.status).toBe(405)
    refusalIn(answer)
    expect(await entriesOf(app)).toBe(entries)
    expect((await get(GOOD)).headers['cache-status']).toMatch(/^Karcis; hit/)
  },
)

test('one person’s answer is given to nobody else, however the address is written', async () => {
  const headers = { authorization: `Bearer ${token}` }
  const mine = await get(addressOf('Me'), headers)
  const { email } = jsonOf(mine).data.me
  expect(mine.headers['cache-control']).toBe('private, no-store')
  expect(mine.headers.etag).toBeUndefined()
  const paths = [addressOf('Me'), `${addressOf('Me')}&_=1`, addressOf('Me', {}, { operationName: 'Me' })]
  for (const path of paths) {
    await get(path, headers)
    for (const condition of [{}, { 'if-none-match': '*' }, { 'cache-control': 'only-if-cached' }]) {
      const answer = await get(path, condition)
      expect(answer.status).toBe(200)
      expect(jsonOf(answer)).toEqual({ data: { me: null } })
      expect(answer.headers['cache-control']).toBe('private, no-store')
    }
  }
  expect(JSON.stringify(truth)).not.toContain(email)
  await expectHonestAnswer()
})
