// How long the server keeps connections: `node:http` itself, because fetch chooses its own.
import { Agent, get } from 'node:http'
import { afterAll, beforeAll, expect, test } from 'vitest'
import manifest from '../persisted-queries/manifest.json' with { type: 'json' }
import { startApp, type TestApp } from './setup/app.ts'

let app: TestApp
const listOfEvents = manifest.operations.find(({ name }) => name === 'EventList')?.id
const KEPT = 2
// One connection each, kept for as long as the server keeps it.
const visitors = Array.from({ length: 5 }, () => new Agent({ keepAlive: true, maxSockets: 1 }))

beforeAll(async () => {
  app = await startApp({ environment: { KEPT_CONNECTIONS: String(KEPT) } })
}, 60_000)
afterAll(async () => {
  for (const visitor of visitors) visitor.destroy()
  await app.close()
})

const look = (agent: Agent, path: string) =>
  new Promise<{ status: number; stays: boolean }>((resolve, reject) => {
    get(`${app.url}${path}`, { agent, headers: { accept: 'application/json' } }, (response) => {
      response.resume()
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          stays: response.headers.connection?.toLowerCase() !== 'close',
        }),
      )
    }).on('error', reject)
  })

test.each([
  ['a plain route', '/health/live'],
  ['a public read that is kept', `/graphql?documentId=${listOfEvents}&variables=%7B%7D`],
])(
  'whoever comes beyond the kept connections is answered and let go, and the others stay: %s',
  async (_, path) => {
    for (const round of [1, 2]) {
      const answers: { status: number; stays: boolean }[] = []
      for (const visitor of visitors) answers.push(await look(visitor, path))
      expect(
        answers.map(({ stays }) => stays),
        `round ${round}`,
      ).toEqual([true, true, false, false, false])
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
    }
  },
)
