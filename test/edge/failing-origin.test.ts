// A cache that lets one request a key go on must not make a queue of those that wait when the app fails or refuses.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { eventually } from '../setup/shop.ts'
import { type Front, startVarnish } from './fronts.ts'
import { startNginx } from './nginx.ts'
import { raw } from './raw.ts'

const CROWD = 20

let waiting: ServerResponse[] = []
const bodies: number[] = []

const origin = createServer((request, response) => {
  if (request.url === '/health/ready') response.end()
  else if (request.url?.includes('documentId')) waiting.push(response)
  else void countBody(request).then((bytes) => response.end(String(bodies.push(bytes))))
})

async function countBody(request: IncomingMessage): Promise<number> {
  let bytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) bytes += chunk.length
  return bytes
}

let varnish: Front
let nginx: Front

beforeAll(async () => {
  await new Promise<void>((resolve) => {
    origin.listen(0, '127.0.0.1', resolve)
  })
  const originPort = (origin.address() as AddressInfo).port
  varnish = await startVarnish({ originPort, limit: 2 * CROWD })
  nginx = await startNginx({ originPort })
})
afterAll(async () => {
  await varnish?.stop()
  await nginx?.stop()
  origin.closeAllConnections()
  await new Promise((resolve) => origin.close(resolve))
})

/** From an address of their own, which counts for nobody else. */
const network = (n: number): Record<string, string> => ({ 'X-Forwarded-For': `10.0.0.${n}` })

/** A crowd of guests with one question, of whom one has come to the app. */
async function crowdAt(front: Front, name: string) {
  waiting = []
  const path = `/graphql?documentId=${name}`
  const crowd = Array.from({ length: CROWD }, (_, n) => raw(front.url, path, { headers: network(n) }))
  await eventually(async () => waiting.length > 0)
  return Promise.all(crowd)
}

const answerAll = (answer: (response: ServerResponse) => void): void => {
  for (const response of waiting.splice(0)) answer(response)
}

const ways: readonly [string, number, (response: ServerResponse) => void][] = [
  ['fails', 503, (response) => response.writeHead(503, { 'Cache-Control': 'no-store' }).end()],
  ['hangs up', 503, (response) => response.destroy()],
  ['refuses', 404, (response) => response.writeHead(404, { 'Cache-Control': 'no-store' }).end()],
  // As the app does with what was purged while it read it.
  ['keeps nothing', 200, (response) => response.writeHead(200, { 'Cache-Control': 'no-store' }).end()],
]

test.each(ways)(
  'behind Varnish a crowd that meets an app which %s does not queue for it',
  async (name, status, answer) => {
    const crowd = crowdAt(varnish, encodeURIComponent(name))
    // Varnish wakes some and then the rest: they come beside each other, and not each after the one before.
    await eventually(async () => {
      // The first of the crowd; and once more, when Varnish tries a connection anew that was closed under it.
      if (waiting.length === 1) answerAll(answer)
      return waiting.length >= 5
    })
    const rest = setInterval(() => answerAll(answer), 20)
    const answers = await crowd
    clearInterval(rest)
    expect(new Set(answers.map((one) => one.status))).toEqual(new Set([status]))
  },
)

test('behind Varnish the first good answer after a failure is stored', async () => {
  const ask = () => raw(varnish.url, '/graphql?documentId=recovers', { headers: network(40) })
  const answerOne = async (answer: (response: ServerResponse) => void) => {
    waiting = []
    const asked = ask()
    await eventually(async () => waiting.length === 1)
    answerAll(answer)
    return asked
  }
  expect((await answerOne((response) => response.writeHead(503).end())).status).toBe(503)
  const headers = { 'Cache-Control': 'public, max-age=60' }
  expect((await answerOne((response) => response.writeHead(200, headers).end('good'))).status).toBe(200)
  const { headers: said, body } = await ask()
  expect([said['cache-status'], body.toString()]).toEqual(['Varnish; hit', 'good'])
})

test('behind nginx guests wait for each other for two seconds and then go on', async () => {
  const crowd = crowdAt(nginx, 'slow')
  await eventually(async () => waiting.length === CROWD, 4)
  answerAll((response) => response.writeHead(503, { 'Cache-Control': 'no-store' }).end())
  expect(new Set((await crowd).map(({ status }) => status))).toEqual(new Set([503]))
})

test('behind Varnish no method but POST brings the app a body', async () => {
  const body = 'x'.repeat(300_000)
  // Node itself says no length for these methods.
  const headers = { ...network(41), 'Content-Length': String(body.length) }
  for (const method of ['OPTIONS', 'GET'])
    expect((await raw(varnish.url, '/graphql', { method, body, headers })).status).toBe(200)
  expect(bodies.splice(0)).toEqual([0, 0])
})

test('behind Varnish news of payments are not counted against the few addresses that send them', async () => {
  const statuses = new Set<number>()
  for (let n = 0; n < 3 * CROWD; n++) {
    const request = { method: 'POST', headers: network(42), body: '{}' }
    statuses.add((await raw(varnish.url, '/webhooks/midtrans', request)).status)
  }
  expect(statuses).toEqual(new Set([200]))
})
