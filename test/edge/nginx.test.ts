// The committed nginx configuration, run by a real nginx in front of the app, and in front of an origin that does what the
// app never does.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freePort } from '../../scripts/services/service.ts'
import { newId } from '../../src/platform/ids.ts'
import { type Answer, createClient, startApp, type TestApp } from '../setup/app.ts'
import { addOrganizer, eventOf } from '../setup/catalogue.ts'
import { replicaOf } from '../setup/replicas.ts'
import { eventually, order } from '../setup/shop.ts'
import { signUp } from '../setup/staff.ts'
import { addressOf } from '../setup/wire.ts'
import type { Front } from './fronts.ts'
import { checkNginx, startNginx } from './nginx.ts'
import { raw } from './raw.ts'

let app: TestApp
let front: Front
let client: Awaited<ReturnType<typeof createClient>>
let organizerId: string

const portOf = (url: string): number => Number(new URL(url).port)

beforeAll(async () => {
  app = await startApp({ season: true, jobs: true, environment: { TRUST_PROXY: 'loopback' } })
  front = await startNginx({ originPort: portOf(app.url), behindProxy: true })
  client = await createClient(front.url)
  ;({ id: organizerId } = await addOrganizer(app))
})
afterAll(async () => {
  await front?.stop()
  await app?.close()
})

const get = (operation: string, variables: object, headers: Record<string, string> = {}): Promise<Answer> =>
  client.call(operation, variables, { method: 'GET', headers })

/** What nginx says of itself in Cache-Status. */
const said = (header: unknown): string => /(?:^|, )nginx; (.+)$/.exec(String(header))?.[1] ?? ''
const ofNginx = (answer: Answer): string => said(answer.headers.get('cache-status'))

/** How many public reads of an operation have come to the app. */
async function readsOf(operation: string): Promise<number> {
  const text = await (await fetch(`${app.url}/metrics`)).text()
  return text
    .split('\n')
    .filter(
      (line) => line.startsWith('karcis_edge_requests_total{') && line.includes(`operation="${operation}"`),
    )
    .reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0)
}

/** An event that nobody is told of: a late message would take away what a test has just had stored. */
const aPage = () => app.prisma.event.create({ data: eventOf(organizerId, { title: 'Lama' }) })

async function lastTicket() {
  const { id: eventId, slug } = await aPage()
  const price = { priceMinor: 5_000_000n, currencyCode: 'IDR' }
  const stock = { quota: 1, remaining: 1, maxPerOrder: 1 }
  const category = await app.prisma.ticketCategory.create({
    data: { id: newId(), eventId, name: 'Umum', ...price, ...stock },
  })
  return { eventId, slug, category }
}

test('nginx takes the committed files', async () => {
  expect(await checkNginx()).toBe('')
})

describe('a public read', () => {
  test('is answered by the app once and then by nginx', async () => {
    const { slug } = await aPage()
    const first = await get('EventDetail', { slug })
    const second = await get('EventDetail', { slug })
    expect([ofNginx(first), ofNginx(second)]).toEqual(['fwd=miss', 'hit'])
    expect(second.headers.get('cache-status')).toBe('Karcis; fwd=miss; stored, nginx; hit')
    expect(second.body).toEqual(first.body)
    expect([first.headers.get('age'), second.headers.get('age')]).toEqual(['0', null])
  })

  test('is one object however its parameters are ordered, and by HEAD', async () => {
    const { slug } = await aPage()
    const address = addressOf('EventDetail', { slug })
    const [first, second] = address.slice('/graphql?'.length).split('&')
    await raw(front.url, address, { method: 'HEAD' })
    for (const path of [address, `/graphql?${second}&${first}`])
      expect(said((await raw(front.url, path)).headers['cache-status'])).toBe('hit')
  })

  test('costs the app one request when 50 people ask at once', async () => {
    const { slug } = await aPage()
    const before = await readsOf('EventDetail')
    const answers = await Promise.all(Array.from({ length: 50 }, () => get('EventDetail', { slug })))
    for (const { body } of answers) expect(body.data.event.title).toBe('Lama')
    expect((await readsOf('EventDetail')) - before).toBe(1)
  })

  test('is the same object for whoever is signed in, has cookies, or names another host', async () => {
    const { slug } = await aPage()
    const address = addressOf('EventDetail', { slug })
    const { token } = await signUp(client)
    await raw(front.url, address, { headers: { Authorization: `Bearer ${token}` } })
    const others: Record<string, string>[] = [
      {},
      { Authorization: 'Bearer x' },
      { Cookie: 'a=b' },
      { Host: 'x.test' },
    ]
    for (const headers of others)
      expect(said((await raw(front.url, address, { headers })).headers['cache-status'])).toBe('hit')
  })

  test('is 304 for who has it: quoted, weak, in a list and by star', async () => {
    const { slug } = await aPage()
    const tag = (await get('EventDetail', { slug })).headers.get('etag') ?? ''
    for (const known of [tag, `W/${tag}`, `"x", ${tag}`, '*']) {
      const answer = await get('EventDetail', { slug }, { 'If-None-Match': known })
      expect([known, answer.status, answer.body]).toEqual([known, 304, ''])
      expect(answer.headers.get('cache-control')).toContain('public, max-age=30')
    }
    expect((await get('EventDetail', { slug }, { 'If-None-Match': '"x"' })).status).toBe(200)
  })

  test('comes in br, gzip or plain, as the client can read it, and is stored once for each', async () => {
    const address = addressOf('EventList', { first: 10 })
    const plain = (await raw(app.url, address)).body
    const wishes = [
      ['gzip, deflate, br, zstd', 'br', brotliDecompressSync],
      ['gzip;q=1.0, identity; q=0.5', 'gzip', gunzipSync],
      ['identity', undefined, (body: Buffer) => body],
      ['br', 'br', brotliDecompressSync],
      ['br;q=0, gzip', 'gzip', gunzipSync],
      ['br;q=0.0', undefined, (body: Buffer) => body],
      ['', undefined, (body: Buffer) => body],
    ] as const
    for (const [index, [wish, encoding, decode]] of wishes.entries()) {
      const answer = await raw(front.url, address, { headers: { 'Accept-Encoding': wish } })
      expect([wish, answer.headers['content-encoding']]).toEqual([wish, encoding])
      expect(decode(answer.body).equals(plain)).toBe(true)
      expect([wish, said(answer.headers['cache-status'])]).toEqual([wish, index < 3 ? 'fwd=miss' : 'hit'])
      expect(answer.headers.vary).toBe('Accept, Accept-Encoding')
    }
  })

  test('has the media type that the client likes; an unusual wish is not stored, nonsense is 406', async () => {
    const { slug } = await aPage()
    const address = addressOf('EventDetail', { slug })
    const json = 'application/json; charset=utf-8'
    const graphql = 'application/graphql-response+json; charset=utf-8'
    const wishes = [
      ['*/*', json, 'fwd=miss'],
      ['application/json', json, 'hit'],
      ['text/html,application/xml;q=0.9,*/*;q=0.8', json, 'hit'],
      ['application/graphql-response+json,application/json;q=0.9', graphql, 'fwd=miss'],
      [
        'application/graphql-response+json, application/json, text/event-stream, multipart/mixed',
        graphql,
        'hit',
      ],
      ['application/json, application/graphql-response+json;q=0.5', json, 'fwd=bypass'],
      ['application/graphql-response+json;q=0, */*', json, 'fwd=bypass'],
    ] as const
    for (const [wish, type, status] of wishes) {
      const { headers } = await raw(front.url, address, { headers: { Accept: wish } })
      expect([wish, headers['content-type'], said(headers['cache-status'])]).toEqual([wish, type, status])
    }
    for (const wish of ['image/png', 'text/nonsense', ';;;', 'text/event-stream', 'application/json;q=0']) {
      const answer = await raw(front.url, address, { headers: { Accept: wish } })
      expect([wish, answer.status, said(answer.headers['cache-status'])]).toEqual([wish, 406, 'fwd=bypass'])
    }
  })

  test('lives as long as it says and shows nothing that is meant for caches of ours', async () => {
    const { slug } = await aPage()
    for (const answer of [await get('EventDetail', { slug }), await get('EventDetail', { slug })]) {
      expect(answer.headers.get('cache-control')).toBe(
        'public, max-age=30, stale-while-revalidate=300, stale-if-error=300',
      )
      for (const name of ['cdn-cache-control', 'set-cookie', 'xkey', 'surrogate-key', 'cache-tag'])
        expect([name, answer.headers.get(name)]).toEqual([name, null])
      expect(answer.headers.get('server')).toBe('nginx')
    }
  })
})

test('the last ticket is shown as sold within three seconds', async () => {
  const { eventId, category } = await lastTicket()
  const soldOut = async (): Promise<unknown> =>
    (await get('EventAvailability', { eventId })).body.data.availability.ticketCategories[0].soldOut
  expect(await soldOut()).toBe(false)
  expect((await order(client, category)).body.data.createOrder.__typename).toBe('Order')
  await eventually(async () => (await soldOut()) === true, 3)
})

describe('nothing is kept', () => {
  test('of a POST', async () => {
    const { slug } = await aPage()
    for (let n = 0; n < 2; n++) {
      const answer = await client.call('EventDetail', { slug })
      expect([answer.status, ofNginx(answer)]).toEqual([200, 'fwd=method'])
    }
    expect(ofNginx(await get('EventDetail', { slug }))).toBe('fwd=miss')
  })

  test('of one person’s answer: it reaches neither another nor a guest', async () => {
    const people = await Promise.all([signUp(client, 'Ayu'), signUp(client, 'Bima')])
    for (let round = 0; round < 3; round++) {
      const asked = people.map(async ({ token, id }) => {
        const me = await client.call('Me', {}, { method: 'GET', token })
        const orders = await client.call('MyOrders', { first: 5 }, { method: 'GET', token })
        expect([me.body.data.me.id, orders.body.data.me.id]).toEqual([id, id])
        expect([me.headers.get('cache-control'), ofNginx(me)]).toEqual(['private, no-store', 'fwd=miss'])
      })
      await Promise.all(asked)
      const guest = await get('Me', {})
      expect([guest.body.data?.me ?? null, ofNginx(guest)]).toEqual([null, 'fwd=miss'])
    }
  })

  test('of a refusal, and none is answered by what a good address has stored', async () => {
    const good = addressOf('EventList', { first: 4 })
    await raw(front.url, good)
    expect(said((await raw(front.url, good)).headers['cache-status'])).toBe('hit')
    const id = '0'.repeat(64)
    const refused: [string, number][] = [
      [`${good}&bust=1`, 400],
      [`${good.replace('?', '?bust=1&')}`, 400],
      [`${good}&variables=%7B%7D`, 400],
      [`${good}&operationName=`, 400],
      [`${good}&%76ariables=%7B%7D`, 400],
      [`${good}&DocumentId=x`, 400],
      [good.replace('documentId', 'DOCUMENTID'), 400],
      [addressOf('EventList', { first: 'x' }), 400],
      [`/graphql?documentId=sha256:${id}`, 404],
    ]
    for (const [path, status] of [...refused, ...refused]) {
      const answer = await raw(front.url, path)
      expect([path, answer.status]).toEqual([path, status])
      expect(answer.headers['cache-control']).toBe('no-store')
      expect([path, said(answer.headers['cache-status'])]).toEqual([path, 'fwd=miss'])
    }
  })
})

describe('refused before the app', () => {
  const code = ({ body }: { body: Buffer }) => JSON.parse(body.toString()).errors[0].extensions.code

  test('what is too long', async () => {
    const headers = { 'Content-Type': 'application/json' }
    const post = (bytes: number) =>
      raw(front.url, '/graphql', { method: 'POST', headers, body: ' '.repeat(bytes) })
    for (const length of [4_097, 9_000, 20_000]) {
      const path = '/graphql?documentId='.padEnd(length, 'a')
      const answer = await raw(front.url, path)
      expect([length, answer.status, code(answer)]).toEqual([length, 414, 'URI_TOO_LONG'])
      expect(answer.headers['cache-control']).toBe('no-store')
    }
    expect((await raw(front.url, '/graphql?documentId='.padEnd(4_096, 'a'))).status).toBe(404)
    const large = await post(262_145)
    expect([large.status, code(large), large.headers['cache-control']]).toEqual([
      413,
      'PAYLOAD_TOO_LARGE',
      'no-store',
    ])
    // This one is of a size that the app reads.
    expect((await post(262_144)).status).toBe(400)
  })

  test('methods that nobody needs', async () => {
    for (const method of ['PUT', 'DELETE', 'PATCH', 'PURGE']) {
      const answer = await raw(front.url, '/graphql', { method })
      expect([method, answer.status, code(answer)]).toEqual([method, 405, 'METHOD_NOT_ALLOWED'])
      expect([answer.headers.allow, answer.headers['cache-control']]).toEqual([
        'GET, HEAD, POST, OPTIONS',
        'no-store',
      ])
    }
  })

  test.each([
    '/metrics',
    '/metrics?x',
    '//metrics',
    '/%6detrics',
    '//tickets/metrics',
    '/tickets/../metrics',
    '/tickets/%2e%2e/metrics',
    '/tickets/a%2f..%2f..%2fmetrics',
    '/webhooks/..\\metrics',
    '/webhooks/..%5cmetrics',
    '/health/../metrics',
    '/graphql/../metrics',
    'http://karcis.test/metrics',
    '/refused',
    '/way/signed-in',
    '/',
    '/health',
  ])('%s, which is nobody’s business', async (path) => {
    const { status, headers } = await raw(front.url, path)
    expect([status, headers['cache-control']]).toEqual([404, 'no-store'])
  })

  test('and what has a way goes it: probes, webhooks, the sandbox, tickets, preflights', async () => {
    expect((await raw(front.url, '/health/ready')).status).toBe(200)
    const ask = async (path: string, method = 'GET') =>
      (await raw(front.url, path, { method })).body.toString()
    expect(await ask('/webhooks/midtrans', 'POST')).toContain('"status":"malformed"')
    expect(await ask('/sandbox/payments/x')).toBe('The sandbox knows no such payment.\n')
    expect(await ask('/tickets/x.y_z-1/qr.svg')).toBe('There is no such ticket.\n')
    expect((await raw(front.url, '/graphql', { method: 'OPTIONS' })).status).toBe(204)
  })

  test('one client that asks without end, whatever it says of its address, and nobody else', async () => {
    const path = addressOf('EventList', { first: 3 })
    const crowd = (url: string, from: (n: number) => string) =>
      Promise.all(
        Array.from({ length: 700 }, (_, n) => raw(url, path, { headers: { 'X-Forwarded-For': from(n) } })),
      )
    const alone = await startNginx({ originPort: portOf(app.url) })
    const answers = await crowd(alone.url, (n) => `10.1.${n >> 8}.${n & 255}`)
    const refused = answers.filter(({ status }) => status === 429)
    expect(refused.length).toBeGreaterThan(0)
    expect(answers.filter(({ status }) => status === 200).length).toBeGreaterThanOrEqual(200)
    for (const answer of refused)
      expect([code(answer), answer.headers['retry-after'], answer.headers['cache-control']]).toEqual([
        'RATE_LIMITED',
        '1',
        'no-store',
      ])
    // Probes and the payment provider are not counted.
    expect((await raw(alone.url, '/health/live')).status).toBe(200)
    await alone.stop()
    // Behind a proxy that is believed, it counts whom the proxy saw, of IPv6 the network, and not what stands before.
    for (const from of [
      (n: number) => `198.51.100.${n & 255}, 203.0.113.9`,
      (n: number) => `2001:db8:1:2::${n}`,
    ])
      expect((await crowd(front.url, from)).some(({ status }) => status === 429)).toBe(true)
    expect((await raw(front.url, path, { headers: { 'X-Forwarded-For': '203.0.113.10' } })).status).toBe(200)
  })
})

test('what is public and persisted goes on while the app is away, and is fresh when it is back', async () => {
  const where = { PORT: String(await freePort()), TRUST_PROXY: 'loopback' }
  const origin = await replicaOf(app, where)
  const cache = await startNginx({ originPort: Number(where.PORT), behindProxy: true })
  const reader = await createClient(cache.url)
  const { eventId, slug } = await lastTicket()
  const page = () => reader.call('EventDetail', { slug }, { method: 'GET' })
  const availability = () => reader.call('EventAvailability', { eventId }, { method: 'GET' })
  await page()
  const before = await availability()
  await origin.close()
  await eventually(async () => {
    const answer = await availability()
    expect([answer.status, answer.body]).toEqual([200, before.body])
    return ofNginx(answer) === 'hit; detail=stale-if-error'
  })
  expect([(await page()).status, ofNginx(await page())]).toEqual([200, 'hit'])
  // What nobody asked before is not there.
  const never = await reader.call('EventList', { first: 1 }, { method: 'GET' })
  expect([never.status, never.headers.get('cache-control'), never.headers.get('retry-after')]).toEqual([
    503,
    'no-store',
    '1',
  ])
  const back = await replicaOf(app, where)
  await eventually(async () => /^fwd=/.test(ofNginx(await availability())))
  const after = await availability()
  expect(after.body.data.availability.asOf).not.toBe(before.body.data.availability.asOf)
  await back.close()
  await cache.stop()
}, 60_000)

describe('in front of an origin that does what the app never does', () => {
  type Handle = (request: IncomingMessage, response: ServerResponse, count: number) => void
  let handle: Handle = (_request, response) => response.end()
  let count = 0
  const origin = createServer((request, response) => handle(request, response, ++count))
  let cache: Front

  beforeAll(async () => {
    await new Promise<void>((resolve) => origin.listen(0, '127.0.0.1', resolve))
    cache = await startNginx({ originPort: (origin.address() as AddressInfo).port })
  })
  afterAll(async () => {
    await cache?.stop()
    origin.closeAllConnections()
    origin.close()
  })

  const asks = (path: string, headers: Record<string, string> = {}) => raw(cache.url, path, { headers })
  const answering = (headers: Record<string, string>) => {
    count = 0
    handle = (_request, response, number) => response.writeHead(200, headers).end(String(number))
  }

  test.each([
    [{ 'Cache-Control': 'public, max-age=30', 'Set-Cookie': 'a=b' }],
    [{ 'Cache-Control': 'private, max-age=30' }],
    [{ 'Cache-Control': 'no-store, max-age=30' }],
    [{ 'Cache-Control': 'public, max-age=30', Vary: 'Accept, Accept-Encoding, Origin' }],
    [{ 'Cache-Control': 'public, max-age=30', Vary: '*' }],
    [{}],
  ] as [Record<string, string>][])(
    'an answer with %j is not stored, and no cookie comes through',
    async (headers) => {
      answering(headers)
      const path = `/graphql?documentId=${crypto.randomUUID()}`
      for (const number of ['1', '2']) {
        const answer = await asks(path)
        expect([answer.body.toString(), answer.headers['set-cookie']]).toEqual([number, undefined])
      }
    },
  )

  test('a change shows to the first who comes when the time is over, however long the answer may be stale', async () => {
    answering({ 'Cache-Control': 'public, max-age=1, stale-while-revalidate=300, stale-if-error=300' })
    const path = '/graphql?documentId=short'
    expect((await asks(path)).body.toString()).toBe('1')
    await eventually(async () => {
      const { body, headers } = await asks(path)
      // Never the old answer under any name but that of a hit within its time.
      expect([body.toString(), said(headers['cache-status'])]).toEqual(
        body.toString() === '1' ? ['1', 'hit'] : ['2', 'fwd=stale'],
      )
      return body.toString() === '2'
    })
  })

  test('an old answer is asked for by its tag, and 304 makes it new', async () => {
    handle = (request, response) => {
      const headers = { 'Cache-Control': 'public, max-age=1', ETag: '"x"' }
      if (request.headers['if-none-match'] === '"x"') response.writeHead(304, headers).end()
      else response.writeHead(200, headers).end('whole')
    }
    const statuses = new Set<string>()
    await eventually(async () => {
      const { status, body, headers } = await asks('/graphql?documentId=tagged')
      expect([status, body.toString()]).toEqual([200, 'whole'])
      statuses.add(said(headers['cache-status']))
      return statuses.has('fwd=stale; fwd-status=304')
    })
    expect([...statuses]).toEqual(['fwd=miss', 'hit', 'fwd=stale; fwd-status=304'])
  })

  test('people who are signed in do not wait for each other', async () => {
    let open: (() => void)[] = []
    handle = (_request, response) => {
      open.push(() => response.writeHead(200, { 'Cache-Control': 'private, no-store' }).end())
    }
    const people = Array.from({ length: 8 }, (_, n) =>
      asks('/graphql?documentId=me', { Authorization: `${n}` }),
    )
    await eventually(async () => open.length === 8, 3)
    for (const answer of open) answer()
    open = []
    await Promise.all(people)
  })

  test('the app is told the client’s address, no cookie and no wish that it has to weigh', async () => {
    let seen: IncomingMessage['headers'] = {}
    handle = (request, response) => {
      seen = request.headers
      response.end()
    }
    const headers = {
      'X-Forwarded-For': '10.9.8.7',
      Cookie: 'a=b',
      Accept: 'text/html, */*',
      'Accept-Encoding': 'zstd, br',
    }
    await asks('/graphql?documentId=seen', headers)
    expect([seen['x-forwarded-for'], seen.cookie, seen.accept, seen['accept-encoding']]).toEqual([
      '127.0.0.1',
      undefined,
      'application/json',
      'br',
    ])
  })

  test('server-sent events arrive one by one', async () => {
    let send: ServerResponse | undefined
    handle = (_request, response) => {
      send = response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' })
      send.write('data: 1\n\n')
    }
    const stream = await fetch(`${cache.url}/graphql?query=x`, { headers: { Accept: 'text/event-stream' } })
    const reader = stream.body?.pipeThrough(new TextDecoderStream()).getReader()
    // The next is sent when the one before has come.
    for (const number of [1, 2, 3]) {
      expect((await reader?.read())?.value).toBe(`data: ${number}\n\n`)
      send?.write(`data: ${number + 1}\n\n`)
    }
    await reader?.cancel()
    expect(said(stream.headers.get('cache-status'))).toBe('fwd=bypass')
  })
})
