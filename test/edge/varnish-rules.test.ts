// What the committed Varnish configuration does with answers that the app gives rarely or late: an origin that does as told.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { eventually } from '../setup/shop.ts'
import { type Front, startVarnish } from './fronts.ts'
import { raw } from './raw.ts'

type Handler = (request: IncomingMessage, response: ServerResponse, n: number) => void

let origin: Server
let front: Front
let handler: Handler
let requests: IncomingMessage[] = []
let ready = true
let number = 0

beforeAll(async () => {
  origin = createServer((request, response) => {
    if (request.url === '/health/ready') {
      response.writeHead(ready ? 200 : 503).end()
      return
    }
    // A renewal that an earlier test has caused.
    if (request.url?.includes('documentId') && !request.url.endsWith(`:${number}`)) {
      response.writeHead(503).end()
      return
    }
    requests.push(request)
    handler(request, response, requests.length)
  })
  await new Promise<void>((resolve) => {
    origin.listen(0, '127.0.0.1', resolve)
  })
  front = await startVarnish({ originPort: (origin.address() as AddressInfo).port })
})
beforeEach(() => {
  requests = []
  ready = true
  number += 1
})
afterAll(async () => {
  await front?.stop()
  origin.closeAllConnections()
  await new Promise((resolve) => origin.close(resolve))
})

const ask = (headers: Record<string, string> = {}, method = 'GET') =>
  raw(front.url, `/graphql?documentId=sha256:${number}`, { method, headers })

const text = async (headers?: Record<string, string>): Promise<string> => {
  const { status, body } = await ask(headers)
  return `${status} ${body}`
}

/** Answers with the number of the request. */
const counting =
  (cacheControl: string, more: Record<string, string> = {}): Handler =>
  (_request, response, n) => {
    response.writeHead(200, { 'Cache-Control': cacheControl, ...more }).end(String(n))
  }

const failing: Handler = (_request, response) => {
  response.writeHead(500, { 'Cache-Control': 'no-store' }).end('broken')
}

/** Holds requests back until they are let go. */
function held(answer: Handler) {
  const waiting: (() => void)[] = []
  handler = (request, response, n) => {
    waiting.push(() => answer(request, response, n))
  }
  return {
    count: () => waiting.length,
    release: () => {
      for (const go of waiting.splice(0)) go()
    },
  }
}

test('CDN-Cache-Control counts and not Cache-Control, and what is older already is fresh for less', async () => {
  handler = counting('no-store', { 'CDN-Cache-Control': 'public, max-age=60', Age: '10' })
  expect([await text(), await text()]).toEqual(['200 1', '200 1'])
  number += 0.5
  requests = []
  handler = counting('public, max-age=60', { Age: '60' })
  expect([await text(), await text()]).toEqual(['200 1', '200 2'])
})

test('an answer that the app gave when it was stale is stale here for the rest of its time and no longer', async () => {
  const stale = 'public, max-age=30, stale-while-revalidate=60'
  handler = counting(stale, { Age: '40' })
  expect([await text(), await text()]).toEqual(['200 1', '200 1'])
  number += 0.5
  requests = []
  handler = counting(stale, { Age: '100' })
  expect([await text(), await text()]).toEqual(['200 1', '200 2'])
})

test.each([
  'no-store',
  'private, no-store',
  'private, max-age=60',
  'max-age=60',
  'public, no-store, max-age=60',
  'public',
  'public, max-age=0',
  '',
])('a 200 with Cache-Control "%s" is not kept', async (cacheControl) => {
  handler = counting(cacheControl)
  expect([await text(), await text()]).toEqual(['200 1', '200 2'])
})

test.each([301, 400, 404, 406, 410, 429, 500, 503])('a %i is not kept, whatever it says', async (status) => {
  handler = (_request, response, n) => {
    response.writeHead(status, { 'Cache-Control': 'public, max-age=60' }).end(String(n))
  }
  expect([await text(), await text()]).toEqual([`${status} 1`, `${status} 2`])
})

test('an answer that sets a cookie is not kept', async () => {
  handler = counting('public, max-age=60', { 'Set-Cookie': 'a=b' })
  expect([await text(), await text()]).toEqual(['200 1', '200 2'])
})

test('the app sees who is signed in and no cookie', async () => {
  handler = counting('private, no-store')
  await ask({ Authorization: 'Bearer x', Cookie: 'a=b', 'X-Look': 'error', 'X-Encoding': 'nonsense' })
  const { headers } = requests[0] ?? {}
  expect(headers?.authorization).toBe('Bearer x')
  for (const name of ['cookie', 'x-look', 'x-encoding', 'x-client']) expect(headers?.[name]).toBeUndefined()
})

test('a stale answer is given while one fetch renews it', async () => {
  handler = counting('public, max-age=1, stale-while-revalidate=60')
  expect(await text()).toBe('200 1')
  const gate = held(counting('public, max-age=60'))
  await eventually(async () => {
    expect(await text()).toBe('200 1')
    return gate.count() > 0
  })
  const crowd = Array.from({ length: 20 }, (_, n) => text(n % 2 ? { Authorization: `Bearer ${n}` } : {}))
  expect(new Set(await Promise.all(crowd))).toEqual(new Set(['200 1']))
  expect(requests.length).toBe(2)
  gate.release()
  await eventually(async () => (await text()) === '200 2')
})

test('without stale-while-revalidate nothing stale is given, and the crowd waits for one fetch', async () => {
  handler = counting('public, max-age=1, stale-if-error=60')
  expect(await text()).toBe('200 1')
  await sleep(1_100)
  const gate = held(counting('public, max-age=60'))
  const crowd = Array.from({ length: 20 }, (_, n) => text(n % 2 ? { Authorization: `Bearer ${n}` } : {}))
  await eventually(async () => gate.count() > 0)
  gate.release()
  expect(new Set(await Promise.all(crowd))).toEqual(new Set(['200 2']))
  expect(requests.length).toBe(2)
})

test('when the app fails, the stale answer is given for as long as stale-if-error says, probe or not', async () => {
  handler = counting('public, max-age=1, stale-if-error=2')
  expect(await text()).toBe('200 1')
  handler = failing
  let hidden = 0
  let oldest = 0
  await eventually(async () => {
    const { status, headers, body } = await ask()
    if (status !== 200) return true
    expect(body.toString()).toBe('1')
    if (requests.length > 1) hidden += 1
    oldest = Number(headers['age'])
    return false
  })
  expect(hidden).toBeGreaterThan(1)
  expect(oldest).toBeGreaterThanOrEqual(2)
  expect((await ask()).body.toString()).toBe('broken')
})

test('a crowd behind a stale answer gets it when the app hangs up, too', async () => {
  handler = counting('public, max-age=1, stale-if-error=60')
  expect(await text()).toBe('200 1')
  await sleep(1_100)
  handler = (_request, response) => response.destroy()
  const crowd = Array.from({ length: 20 }, (_, n) => text(n % 2 ? { Authorization: `Bearer ${n}` } : {}))
  expect(new Set(await Promise.all(crowd))).toEqual(new Set(['200 1']))
  handler = counting('public, max-age=60')
  await eventually(async () => (await text()) !== '200 1')
})

test('a renewal that fails, or is told to come later, leaves the stale answer where it is', async () => {
  handler = counting('public, max-age=1, stale-while-revalidate=60')
  expect(await text()).toBe('200 1')
  handler = (_request, response, n) => {
    response.writeHead(n % 2 ? 503 : 429).end()
  }
  await eventually(async () => {
    expect(await text()).toBe('200 1')
    return requests.length > 4
  })
})

test('while the probe fails, the app is not asked and the stale answer is given', async () => {
  handler = counting('public, max-age=1, stale-if-error=60')
  expect(await text()).toBe('200 1')
  ready = false
  handler = counting('public, max-age=1, stale-if-error=60')
  await eventually(async () => (await raw(front.url, '/graphql?query=x')).status === 503)
  requests = []
  await eventually(async () => {
    const answer = await ask()
    return Number(answer.headers['age']) >= 2
  })
  expect(requests).toEqual([])
  ready = true
  await eventually(async () => (await raw(front.url, '/graphql?query=x')).status === 200)
})

test('a slow private answer keeps nobody waiting, not even the first time', async () => {
  const slow = held(counting('private, no-store'))
  const first = text({ Authorization: 'Bearer slow' })
  await eventually(async () => slow.count() === 1)
  handler = counting('private, no-store')
  expect(await text({ Authorization: 'Bearer quick' })).toBe('200 2')
  expect(await text()).toBe('200 3')
  slow.release()
  expect(await first).toBe('200 1')
})

test('a crowd of guests costs one fetch, and so does a crowd behind an answer that was purged', async () => {
  for (const _round of [1, 2]) {
    requests = []
    const gate = held(counting('public, max-age=60', { xkey: 'karcis thing' }))
    const crowd = Array.from({ length: 50 }, () => text())
    await eventually(async () => gate.count() > 0)
    gate.release()
    expect(new Set(await Promise.all(crowd))).toEqual(new Set(['200 1']))
    expect(requests.length).toBe(1)
    await raw(front.url, '/', { method: 'PURGE', headers: { 'xkey-purge': 'thing' } })
  }
})

test('HEAD is answered from what GET stored, and the other way round', async () => {
  handler = counting('public, max-age=60')
  const head = await ask({}, 'HEAD')
  expect([head.status, head.body.length]).toEqual([200, 0])
  expect(await text()).toBe('200 1')
  expect(requests.map(({ method }) => method)).toEqual(['GET'])
})

test('part of an answer is never given', async () => {
  handler = counting('public, max-age=60')
  for (let n = 0; n < 2; n++) expect((await ask({ Range: 'bytes=0-0' })).status).toBe(200)
})

test('a live stream arrives piece by piece', async () => {
  let finish = () => {}
  handler = (_request, response) => {
    response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' })
    response.write('event: next\ndata: 1\n\n')
    finish = () => response.end('event: complete\n\n')
  }
  const headers = { Accept: 'text/event-stream' }
  const url = `${front.url}/graphql?documentId=sha256:${number}`
  for (const request of [
    new Request(url, { headers }),
    new Request(url, { method: 'POST', headers, body: '{}' }),
  ]) {
    const reader = (await fetch(request)).body?.getReader()
    const first = await reader?.read()
    expect(Buffer.from(first?.value ?? []).toString()).toBe('event: next\ndata: 1\n\n')
    finish()
    expect(Buffer.from((await reader?.read())?.value ?? []).toString()).toBe('event: complete\n\n')
  }
})
