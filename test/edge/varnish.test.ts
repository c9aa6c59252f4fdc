// The committed Varnish configuration, run by a real varnishd in front of the app.
import { readFile } from 'node:fs/promises'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freePort } from '../../scripts/services/service.ts'
import { MANIFEST } from '../../src/http/edge/persisted-operations.ts'
import { EVERYTHING } from '../../src/http/edge/tags.ts'
import { type Answer, createClient, startApp, type TestApp } from '../setup/app.ts'
import { addCategory, addEvent } from '../setup/catalogue.ts'
import { replicaOf } from '../setup/replicas.ts'
import { eventually, notificationFor, notify, order, paid } from '../setup/shop.ts'
import { hire, resultOf, signUp } from '../setup/staff.ts'
import { compileVcl, type Front, startVarnish } from './fronts.ts'
import { raw } from './raw.ts'

let app: TestApp
let front: Front
let client: Awaited<ReturnType<typeof createClient>>
let staff: Awaited<ReturnType<typeof hire>>

const portOf = (url: string): number => Number(new URL(url).port)

beforeAll(async () => {
  const port = await freePort()
  app = await startApp({
    season: true,
    jobs: true,
    environment: { CDN: 'varnish', CDN_PURGE_URL: `http://127.0.0.1:${port}`, TRUST_PROXY: 'loopback' },
  })
  front = await startVarnish({ originPort: portOf(app.url), port })
  client = await createClient(front.url)
  staff = await hire(app, 'MANAGER')
})
afterAll(async () => {
  await front?.stop()
  await app?.close()
})

const get = (operation: string, variables: object, headers: Record<string, string> = {}): Promise<Answer> =>
  client.call(operation, variables, { method: 'GET', headers })

const ofVarnish = (answer: Answer): string =>
  answer.headers.get('cache-status')?.match(/(?:^|, )Varnish; ([\w=]+)/)?.[1] ?? ''

/** The address of a read, as the test client writes it. */
async function addressOf(operation: string, variables: object): Promise<string> {
  const { operations } = JSON.parse(await readFile(MANIFEST, 'utf8'))
  const { id } = operations.findLast(({ name }: { name: string }) => name === operation)
  return `/graphql?${new URLSearchParams({ documentId: `sha256:${id}`, variables: JSON.stringify(variables) })}`
}

/** How many public reads of an operation have come to the app. */
async function readsOf(operation: string): Promise<number> {
  const text = await (await fetch(`${app.url}/metrics`)).text()
  const lines = text.split('\n').filter((line) => line.startsWith('karcis_edge_requests_total{'))
  return lines
    .filter((line) => line.includes(`operation="${operation}"`))
    .reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0)
}

async function aPage() {
  const { id, slug } = await addEvent(app, staff.organizerId, { title: 'Lama' })
  await settled()
  return { id, slug }
}

// What was announced before this was sent before it, and has arrived with it.
const settled = () => app.app.deps.purges.purge([EVERYTHING])

/** An event with one ticket. */
async function lastTicket() {
  const { id } = await aPage()
  const category = await addCategory(app, id, { quota: 1 })
  await settled()
  return { eventId: id, category }
}

const soldOut = async (eventId: string): Promise<unknown> =>
  (await get('EventAvailability', { eventId })).body.data.availability.ticketCategories[0].soldOut

test('varnishd takes the committed files as they are', async () => {
  expect(await compileVcl()).toBe('')
})

describe('a public read', () => {
  test('is answered by the app once and then by Varnish', async () => {
    const { slug } = await aPage()
    const first = await get('EventDetail', { slug })
    const second = await get('EventDetail', { slug })
    expect([ofVarnish(first), ofVarnish(second)]).toEqual(['fwd=miss', 'hit'])
    expect(second.headers.get('cache-status')).toBe('Karcis; fwd=miss; stored, Varnish; hit')
    expect(second.body).toEqual(first.body)
  })

  test('is one object however its parameters are ordered', async () => {
    const { slug } = await aPage()
    const address = await addressOf('EventDetail', { slug })
    const [first, second] = address.slice('/graphql?'.length).split('&')
    await raw(front.url, address)
    const other = await raw(front.url, `/graphql?${second}&${first}`)
    expect(other.headers['cache-status']).toContain('Varnish; hit')
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
    const address = await addressOf('EventDetail', { slug })
    await raw(front.url, address)
    const others = [
      ['Authorization', `Bearer ${staff.token}`],
      ['Cookie', 'a=b'],
      ['Host', 'x.test'],
    ] as const
    for (const [name, value] of others) {
      const answer = await raw(front.url, address, { headers: { [name]: value } })
      expect([name, answer.headers['cache-status']]).toEqual([name, expect.stringContaining('Varnish; hit')])
    }
  })

  test('is 304 for who has it: quoted, weak, in a list and by star', async () => {
    const { slug } = await aPage()
    const tag = (await get('EventDetail', { slug })).headers.get('etag') ?? ''
    for (const known of [tag, `W/${tag}`, `"x", ${tag}`, '*']) {
      const answer = await get('EventDetail', { slug }, { 'If-None-Match': known })
      expect([known, answer.status, answer.body]).toEqual([known, 304, ''])
    }
    expect((await get('EventDetail', { slug }, { 'If-None-Match': '"x"' })).status).toBe(200)
  })

  test('comes in br, gzip or plain, as the client can read it', async () => {
    const address = await addressOf('EventList', { first: 10 })
    const plain = (await raw(app.url, address)).body
    const wishes = [
      ['gzip, deflate, br, zstd', 'br', brotliDecompressSync],
      ['gzip;q=1.0, identity; q=0.5', 'gzip', gunzipSync],
      ['br;q=0, gzip', 'gzip', gunzipSync],
      ['identity', undefined, (body: Buffer) => body],
      ['br;q=0.0', undefined, (body: Buffer) => body],
      ['', undefined, (body: Buffer) => body],
    ] as const
    for (const round of [1, 2])
      for (const [wish, encoding, decode] of wishes) {
        const answer = await raw(front.url, address, { headers: { 'Accept-Encoding': wish } })
        expect([round, wish, answer.headers['content-encoding']]).toEqual([round, wish, encoding])
        expect(decode(answer.body).equals(plain)).toBe(true)
        if (round === 2) expect(answer.headers['cache-status']).toContain('Varnish; hit')
      }
  })

  test('has the media type that the client likes; nonsense is 406 and not kept', async () => {
    const { slug } = await aPage()
    const address = await addressOf('EventDetail', { slug })
    const json = 'application/json; charset=utf-8'
    const graphql = 'application/graphql-response+json; charset=utf-8'
    const wishes = [
      ['*/*', json],
      ['application/json', json],
      ['application/graphql-response+json,application/json;q=0.9', graphql],
      ['application/graphql-response+json, application/json, text/event-stream, multipart/mixed', graphql],
      ['application/json, application/graphql-response+json;q=0.5', json],
      ['application/graphql-response+json;q=0, */*', json],
    ] as const
    for (const [wish, type] of wishes) {
      const answer = await raw(front.url, address, { headers: { Accept: wish } })
      expect([wish, answer.headers['content-type']]).toEqual([wish, type])
    }
    for (const wish of ['image/png', 'text/nonsense', ';;;']) {
      const answer = await raw(front.url, address, { headers: { Accept: wish } })
      expect([wish, answer.status]).toEqual([wish, 406])
      expect(answer.headers['cache-status']).toBe('Varnish; fwd=bypass')
    }
  })

  test('shows neither tags nor what is meant for Varnish, and sets no cookie', async () => {
    const { slug } = await aPage()
    for (const answer of [await get('EventDetail', { slug }), await get('EventDetail', { slug })])
      for (const name of ['xkey', 'cdn-cache-control', 'set-cookie', 'x-varnish', 'via', 'x-stale-if-error'])
        expect([name, answer.headers.get(name)]).toEqual([name, null])
    const ofApp = await app.call('EventDetail', { slug }, { method: 'GET' })
    expect(ofApp.headers.get('xkey')).toContain('karcis')
  })
})

describe('a change', () => {
  test('by staff shows within a second', async () => {
    const { id, slug } = await aPage()
    await get('EventDetail', { slug })
    expect(ofVarnish(await get('EventDetail', { slug }))).toBe('hit')
    await resultOf(client, 'updateEvent', { input: { id, title: 'Baru' } }, staff.token)
    await eventually(async () => (await get('EventDetail', { slug })).body.data.event.title === 'Baru', 1)
  })

  test('that sells the last ticket, or gives it back, shows within three seconds', async () => {
    const { eventId, category } = await lastTicket()
    expect(await soldOut(eventId)).toBe(false)
    const bought = (await order(client, category)).body.data.createOrder
    expect(bought.__typename).toBe('Order')
    await eventually(async () => (await soldOut(eventId)) === true, 3)
    const cancelled = await client.call('CancelOrder', {
      input: { orderId: bought.id, accessToken: bought.accessToken },
      idempotencyKey: crypto.randomUUID(),
    })
    expect(cancelled.body.data.cancelOrder.status).toBe('CANCELLED')
    await eventually(async () => (await soldOut(eventId)) === false, 3)
  })

  test('is not announced by strangers: who is not in the acl purges nothing', async () => {
    const closed = await startVarnish({ originPort: portOf(app.url), purgers: '"192.0.2.1";' })
    const address = await addressOf('EventList', { first: 2 })
    const purge = (url: string, headers: Record<string, string> = {}) =>
      raw(url, '/', { method: 'PURGE', headers: { 'xkey-purge': 'karcis', ...headers } })
    await raw(closed.url, address)
    expect((await purge(closed.url)).status).toBe(403)
    expect((await raw(closed.url, address)).headers['cache-status']).toContain('Varnish; hit')
    await closed.stop()
    // A proxy on this machine has an address that may purge; what it hands on may not.
    expect((await purge(front.url, { 'X-Forwarded-For': '203.0.113.5' })).status).toBe(403)
    expect((await purge(front.url, { 'X-Forwarded-For': '127.0.0.1' })).status).toBe(403)
    expect((await purge(front.url, { 'xkey-purge': '' })).status).toBe(400)
  })

  test('purges what has its tag, and says how much', async () => {
    const [one, other] = [await aPage(), await aPage()]
    await get('EventDetail', { slug: one.slug })
    await get('EventDetail', { slug: other.slug })
    const headers = { 'xkey-purge': `event-${one.id} event-none` }
    const answer = await raw(front.url, '/', { method: 'PURGE', headers })
    expect([answer.status, answer.body.toString()]).toEqual([200, '{"purged":1}'])
    expect(ofVarnish(await get('EventDetail', { slug: one.slug }))).toBe('fwd=miss')
    expect(ofVarnish(await get('EventDetail', { slug: other.slug }))).toBe('hit')
  })
})

describe('nothing is kept', () => {
  test('of a POST, which runs whatever its conditions are', async () => {
    const { slug } = await aPage()
    for (let n = 0; n < 2; n++) {
      const answer = await client.call('EventDetail', { slug }, { headers: { 'If-None-Match': '*' } })
      expect(answer.body.data.event.slug).toBe(slug)
      expect([answer.status, ofVarnish(answer)]).toEqual([200, 'fwd=bypass'])
    }
    expect(ofVarnish(await get('EventDetail', { slug }))).toBe('fwd=miss')
  })

  test('of one person’s answer: it reaches neither another nor a guest', async () => {
    const people = await Promise.all([signUp(client, 'Ayu'), signUp(client, 'Bima')])
    for (let round = 0; round < 3; round++) {
      const asked = people.map(async ({ token, id }) => {
        const me = await client.call('Me', {}, { method: 'GET', token })
        const orders = await client.call('MyOrders', { first: 5 }, { method: 'GET', token })
        expect([me.body.data.me.id, orders.body.data.me.id]).toEqual([id, id])
        expect(me.headers.get('cache-control')).toBe('private, no-store')
      })
      await Promise.all(asked)
      expect((await get('Me', {})).body.data?.me ?? null).toBeNull()
    }
  })

  test('of a refusal: an unknown parameter, an unknown id, a wrong variable', async () => {
    const address = await addressOf('EventList', { first: 4 })
    const unknown = `/graphql?documentId=sha256:${'0'.repeat(64)}`
    for (const path of [`${address}&bust=1`, unknown, await addressOf('EventList', { first: 'x' })]) {
      const answers = [await raw(front.url, path), await raw(front.url, path)]
      for (const { status, headers } of answers) {
        expect(status).toBeGreaterThanOrEqual(400)
        expect(status).toBeLessThan(500)
        expect(headers['cache-control']).toBe('no-store')
        expect(headers['cache-status']).toBe('Varnish; fwd=miss')
      }
    }
  })
})

test('tickets, webhooks and the sandbox are reached, and what a ticket’s holder sees is not kept', async () => {
  const { tickets, payment } = await paid(app)
  for (let n = 0; n < 2; n++) {
    const qr = await raw(front.url, `/tickets/${tickets[0]?.token}/qr.png`)
    expect([qr.status, qr.headers['content-type']]).toEqual([200, 'image/png'])
    expect(qr.headers['cache-status']).toBe('Varnish; fwd=bypass')
  }
  const told = { ...notificationFor(payment, 'settlement'), signature_key: 'wrong' }
  expect((await notify(front, told)).status).toBe((await notify(app, told)).status)
  expect((await raw(front.url, `/sandbox/payments/${payment.id}`)).status).toBe(200)
})

describe('refused before the app', () => {
  test('what is too long', async () => {
    const headers = { 'Content-Type': 'application/json' }
    const body = (bytes: number) => ({ method: 'POST', headers, body: ' '.repeat(bytes) })
    const long = await raw(front.url, `/graphql?documentId=${'a'.repeat(4_096)}`)
    const large = await raw(front.url, '/graphql', body(262_145))
    expect([long.status, large.status]).toEqual([414, 413])
    // The app refuses them as well; then Varnish would say that it has asked.
    for (const { headers: said } of [long, large]) expect(said['cache-status']).toBeUndefined()
    expect((await raw(front.url, '/graphql', body(262_144))).status).toBe(400)
    const chunked = { method: 'POST', headers: { ...headers, 'Transfer-Encoding': 'chunked' }, body: '{}' }
    expect((await raw(front.url, '/graphql', chunked)).status).toBe(411)
  })

  test('methods that nobody needs', async () => {
    for (const method of ['PUT', 'DELETE', 'PATCH', 'TRACE', 'BAN']) {
      const answer = await raw(front.url, '/graphql', { method })
      expect([method, answer.status]).toEqual([method, 405])
      expect(answer.headers.allow).toBe('GET, HEAD, POST, OPTIONS')
    }
  })

  test.each([
    '/metrics',
    '/metrics?x',
    '//metrics',
    '/%6detrics',
    '/tickets/../metrics',
    '/tickets/%2e%2e/metrics',
    '/webhooks/..\\metrics',
    '/health/../metrics',
    '/sandbox/x/.%2e/../metrics',
    '/graphql/../metrics',
    'http://karcis.test/metrics',
    '/',
    '/health',
  ])('%s, which is nobody’s business', async (path) => {
    const { status, headers } = await raw(front.url, path)
    expect([status, headers['cache-control']]).toEqual([404, 'no-store'])
  })

  test('one client that asks without end, and nobody else', async () => {
    const limited = await startVarnish({ originPort: portOf(app.url), limit: 5 })
    const ask = (from: string) => raw(limited.url, '/health/live', { headers: { 'X-Forwarded-For': from } })
    const statuses: number[] = []
    for (let n = 0; n < 10; n++) statuses.push((await ask(`198.51.100.${n}, 203.0.113.9`)).status)
    expect(statuses.filter((status) => status === 200).length).toBeGreaterThanOrEqual(5)
    expect(statuses.at(-1)).toBe(429)
    const refused = await ask('203.0.113.9')
    expect([refused.headers['retry-after'], refused.headers['cache-control']]).toEqual(['1', 'no-store'])
    expect((await ask('203.0.113.10')).status).toBe(200)
    for (let n = 0; n < 10; n++) await ask(`2001:db8:1:2::${n}`)
    expect((await ask('2001:db8:1:2:ffff::1')).status).toBe(429)
    expect((await ask('2001:db8:1:3::1')).status).toBe(200)
    await limited.stop()
  })

  test('nobody’s made-up address is believed unless a proxy says it', async () => {
    const open = await startVarnish({ originPort: portOf(app.url), limit: 5, proxies: '"192.0.2.1";' })
    const statuses: number[] = []
    for (let n = 0; n < 10; n++) {
      const headers = { 'X-Forwarded-For': `10.0.0.${n}` }
      statuses.push((await raw(open.url, '/health/live', { headers })).status)
    }
    expect(statuses.at(-1)).toBe(429)
    await open.stop()
  })
})

test('what is public and persisted goes on while the app is away, and is fresh when it is back', async () => {
  const port = await freePort()
  const where = { PORT: String(port), PUBLIC_URL: `http://127.0.0.1:${port}` }
  const origin = await replicaOf(app, where)
  const cache = await startVarnish({ originPort: port })
  const reader = await createClient(cache.url)
  const { eventId } = await lastTicket()
  const { slug } = await app.prisma.event.findUniqueOrThrow({ where: { id: eventId } })
  const read = async () => [
    await reader.call('EventDetail', { slug }, { method: 'GET' }),
    await reader.call('EventAvailability', { eventId }, { method: 'GET' }),
  ]
  await read()
  await origin.close()
  await app.prisma.event.update({ where: { id: eventId }, data: { title: 'Baru' } })
  await eventually(async () => {
    const answers = await read()
    expect(answers.map(({ status, body }) => [status, body.errors])).toEqual([
      [200, undefined],
      [200, undefined],
    ])
    return Number(answers[1]?.headers.get('age')) >= 5
  })
  // What nobody asked before is not there.
  expect((await reader.call('EventList', { first: 1 }, { method: 'GET' })).status).toBe(503)
  const back = await replicaOf(app, where)
  await eventually(async () => {
    const [, availability] = await read()
    return Number(availability?.headers.get('age')) <= 2
  })
  await back.close()
  await cache.stop()
}, 60_000)
