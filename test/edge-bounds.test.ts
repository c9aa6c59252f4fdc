// Whatever is asked, the process keeps no more than it may.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startApp, type TestApp } from './setup/app.ts'
import { addOrganizer, eventOf } from './setup/catalogue.ts'
import { addressOf, ask, entriesOf, jsonOf, metric } from './setup/wire.ts'

const MEGABYTE = 1_048_576
let app: TestApp

beforeAll(async () => {
  app = await startApp({ season: true, environment: { EDGE_CACHE_MB: '1', RESPONSE_CACHE: 'off' } })
})
afterAll(() => app.close())

const bytesOf = (served: TestApp) => metric(served, 'karcis_edge_cache_bytes')

test('one question in 500 spellings is one entry, and their addresses are not all remembered', async () => {
  const variables = '{"slug":"gelora-kampus"}'
  const plain = addressOf('EventDetail', { slug: 'gelora-kampus' })
  await ask(app, plain)
  const before = [await entriesOf(app), await bytesOf(app)] as const
  for (let round = 0; round < 5; round++) {
    const spellings = Array.from({ length: 100 }, (_, one) =>
      plain.replace(
        /variables=.*/,
        `variables=${'+'.repeat(round * 100 + one)}${encodeURIComponent(variables)}`,
      ),
    )
    const answers = await Promise.all(spellings.map((path) => ask(app, path)))
    for (const answer of answers) expect(answer.headers['cache-status']).toMatch(/^Karcis; (hit|fwd=stale)/)
  }
  expect(await entriesOf(app)).toBe(before[0])
  expect(await bytesOf(app)).toBeLessThan(before[1] + 5 * 2 * 4_096)
})

test('2,000 questions that nobody else asks stay within a megabyte, and what many ask for stays ready', async () => {
  const loved = addressOf('EventDetail', { slug: 'gelora-kampus' })
  const headers = { 'accept-encoding': 'br' }
  await ask(app, loved, { headers })
  let most = 0
  for (let round = 0; round < 20; round++) {
    const noise = Array.from({ length: 100 }, (_, one) =>
      addressOf('EventDetail', { slug: `tidak-ada-${round}-${one}-${'x'.repeat((one % 10) * 100)}` }),
    )
    const answers = await Promise.all(noise.map((path) => ask(app, path, { headers })))
    for (const answer of answers) expect(jsonOf(answer)).toEqual({ data: { event: null } })
    most = Math.max(most, await bytesOf(app))
    // Each round somebody asks for what many ask for, in a way of their own.
    const answer = await ask(app, loved.replace('variables=', `variables=${'+'.repeat(round)}`), { headers })
    expect(answer.headers['cache-status'], `round ${round}`).toMatch(/^Karcis; hit; ttl=-?\d+$/)
  }
  expect(most).toBeLessThanOrEqual(MEGABYTE)
  expect(most).toBeGreaterThan(MEGABYTE / 2)
  expect(await entriesOf(app)).toBeLessThan(1_000)
})

test('an answer larger than all that may be kept is given whole, and pushes nothing out', async () => {
  const { id } = await addOrganizer(app)
  const description = crypto.randomUUID().repeat(40_000)
  const { slug } = await app.prisma.event.create({ data: eventOf(id, { description }) })
  const small = addressOf('EventDetail', { slug: 'gelora-kampus' })
  await ask(app, small)
  const entries = await entriesOf(app)
  for (const encoding of ['identity', 'gzip', 'br', 'identity']) {
    const answer = await ask(app, addressOf('EventDetail', { slug }), {
      headers: { 'accept-encoding': encoding },
    })
    expect(answer.status).toBe(200)
    expect(answer.headers['cache-status']).toBe('Karcis; fwd=miss')
    expect(jsonOf(answer).data.event.description).toBe(description)
  }
  expect(await entriesOf(app)).toBe(entries)
  expect((await ask(app, small)).headers['cache-status']).toMatch(/^Karcis; hit/)
})

test('with EDGE_CACHE_MB=0 nothing is kept in the process, and all is answered as before', async () => {
  const bare = await startApp({ season: true, environment: { EDGE_CACHE_MB: '0', RESPONSE_CACHE: 'off' } })
  try {
    const path = addressOf('EventList', { first: 5 })
    const [first, second] = [await ask(bare, path), await ask(bare, path)]
    for (const answer of [first, second]) expect(answer.headers['cache-status']).toBe('Karcis; fwd=miss')
    expect(second.bytes.equals(first.bytes)).toBe(true)
    expect((await ask(bare, path, { headers: { 'if-none-match': String(first.headers.etag) } })).status).toBe(
      304,
    )
    expect([await entriesOf(bare), await bytesOf(bare)]).toEqual([0, 0])
  } finally {
    await bare.close()
  }
})
