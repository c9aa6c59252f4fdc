// What nginx does with many processes, of which one is gone or dies. Here each is an origin of the test's own that counts.
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { freePort } from '../../scripts/services/service.ts'
import type { Front } from './fronts.ts'
import { startNginx } from './nginx.ts'
import { raw } from './raw.ts'

const closings: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closings.splice(0).reverse()) await close()
})

let asked: string[]
beforeEach(() => {
  asked = []
})

async function origin(answer: RequestListener): Promise<number> {
  const server = createServer((request, response) => {
    asked.push(request.method ?? '')
    request.resume().once('end', () => answer(request, response))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closings.push(() => {
    server.closeAllConnections()
    server.close()
  })
  return (server.address() as AddressInfo).port
}

async function nginxFor(...originPort: number[]): Promise<Front> {
  const front = await startNginx({ originPort })
  closings.push(() => front.stop())
  return front
}

const dying = () => origin((request) => request.socket.destroy())
const well = () => origin((_request, response) => response.end('{}'))
const post = (front: Front) =>
  raw(front.url, '/graphql', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: '{"documentId":"x"}',
  })

test('a POST that a process took and broke off is never sent to another one: it is a 503 that says ask again', async () => {
  const front = await nginxFor(await dying(), await dying())
  const { status, headers, body } = await post(front)
  expect(asked).toEqual(['POST'])
  expect([status, headers['retry-after'], headers['cache-control']]).toEqual([503, '1', 'no-store'])
  expect(JSON.parse(body.toString()).errors[0].extensions.code).toBe('SERVICE_UNAVAILABLE')
  expect(body.toString()).toContain('same idempotency key')
})

test('a read that a process took and broke off is answered by another one', async () => {
  const front = await nginxFor(await dying(), await well())
  for (const number of [1, 2]) {
    const { status, body } = await raw(front.url, `/graphql?documentId=${number}`)
    expect([status, body.toString()]).toEqual([200, '{}'])
  }
  expect(asked.length).toBeGreaterThan(2)
})

test('a POST that a process did not even take goes to another one', async () => {
  const front = await nginxFor(await freePort(), await well())
  for (let count = 0; count < 6; count++) expect((await post(front)).status).toBe(200)
  expect(asked).toEqual(Array(6).fill('POST'))
})

test('requests are spread over the processes', async () => {
  const counts = [0, 0, 0]
  const ports = await Promise.all(
    counts.map((_, index) =>
      origin((_request, response) => {
        counts[index] = (counts[index] ?? 0) + 1
        response.end('{}')
      }),
    ),
  )
  const front = await nginxFor(...ports)
  for (let count = 0; count < 12; count++) await post(front)
  expect(counts).toEqual([4, 4, 4])
})
