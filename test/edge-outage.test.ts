// What public reads give while the database cannot be asked, and that a failure is never kept.
import { hash } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { startApp, type TestApp } from './setup/app.ts'
import { addOrganizer, eventOf } from './setup/catalogue.ts'
import { everythingWasAsked } from './setup/redis-contents.ts'
import { run } from './setup/services.ts'
import { eventBySlug, eventually } from './setup/shop.ts'
import { addressOf, ask, entriesOf, hashOf, jsonOf, type Wire } from './setup/wire.ts'

let app: TestApp
let organizerId: string
let eventId: string

beforeAll(async () => {
  app = await startApp({ season: true })
  await everythingWasAsked(app)
  ;({ id: organizerId } = await addOrganizer(app))
  ;({ id: eventId } = await eventBySlug(app, 'gelora-kampus'))
})
afterAll(() => app.close())

const get = (path: string, headers: object = {}) => ask(app, path, { headers })
/** Whether Redis has an answer to this question. */
async function isStored(operation: string, variables: object): Promise<boolean> {
  const name = hash('sha256', `${hashOf(operation)}:${JSON.stringify(variables)}`, 'hex')
  return (await app.app.deps.redis.keys(`karcis:{*:${name}`)).length > 0
}

/** An event that nobody has asked for and nobody is told of. */
async function newPage() {
  const { id, slug } = await app.prisma.event.create({ data: eventOf(organizerId, { title: 'Lama' }) })
  return { id, slug, page: addressOf('EventDetail', { slug }) }
}

/** A failure of ours: 5xx, typed, without a word of the database, for no cache. */
function expectFailure({ status, headers, ...answer }: Wire): void {
  expect(status).toBeGreaterThanOrEqual(500)
  expect(headers['cache-control']).toBe('no-store')
  expect(headers['cdn-cache-control'] ?? 'no-store').toBe('no-store')
  expect(headers.etag).toBeUndefined()
  const text = answer.bytes.toString()
  expect(JSON.parse(text).errors[0].extensions.code).toBe('INTERNAL_SERVER_ERROR')
  expect(text).not.toMatch(/prisma|postgres|relation|table|connect/i)
}

const outages = [
  [
    'a table is gone',
    (url: string) =>
      run(url, 'ALTER TABLE event RENAME TO event_away; ALTER TABLE ticket_category RENAME TO away'),
    (url: string) =>
      run(url, 'ALTER TABLE event_away RENAME TO event; ALTER TABLE away RENAME TO ticket_category'),
  ],
  [
    'the database refuses connections',
    async (url: string) => {
      const name = new URL(url).pathname.slice(1)
      const postgres = url.replace(name, 'postgres')
      await run(postgres, `ALTER DATABASE ${name} ALLOW_CONNECTIONS false`)
      await run(postgres, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${name}'`)
    },
    (url: string) => {
      const name = new URL(url).pathname.slice(1)
      return run(url.replace(name, 'postgres'), `ALTER DATABASE ${name} ALLOW_CONNECTIONS true`)
    },
  ],
] as const

describe.each(outages)('while %s', (_what, end, mend) => {
  let known: Awaited<ReturnType<typeof newPage>>
  const stock = () => addressOf('EventAvailability', { eventId })

  beforeEach(async () => {
    known = await newPage()
  })

  /** Does something during an outage, and ends it whatever comes of it. */
  async function during(work: () => Promise<void>): Promise<void> {
    await end(app.databaseUrl)
    try {
      await work()
    } finally {
      await mend(app.databaseUrl)
    }
  }

  test('the catalogue is shown old for 300 seconds, and not longer', async () => {
    const fresh = await get(known.page)
    await during(async () => {
      for (const seconds of [31, 150, 148]) {
        app.clock.advance(seconds)
        const answer = await get(known.page)
        expect(answer.status).toBe(200)
        expect(answer.bytes.equals(fresh.bytes)).toBe(true)
        expect(answer.headers['cache-status']).toMatch(/^Karcis; hit; ttl=-\d+/)
        expect((await get(known.page, { 'if-none-match': String(fresh.headers.etag) })).status).toBe(304)
      }
      app.clock.advance(3)
      expectFailure(await get(known.page))
      expectFailure(await get(known.page, { 'if-none-match': String(fresh.headers.etag) }))
    })
    expect(jsonOf(await get(known.page)).data.event.title).toBe('Lama')
  })

  test('what is left of stock is shown old for 30 seconds, and not longer', async () => {
    const fresh = await get(stock())
    await during(async () => {
      for (const seconds of [3, 26]) {
        app.clock.advance(seconds)
        const answer = await get(stock())
        expect(answer.status).toBe(200)
        expect(answer.bytes.equals(fresh.bytes)).toBe(true)
        expect(answer.headers['cache-status']).toMatch(/^Karcis; hit; ttl=-\d+; detail=stale-if-error$/)
      }
      app.clock.advance(4)
      expectFailure(await get(stock()))
    })
    const after = await get(stock())
    expect(after.status).toBe(200)
    expect(after.headers['cache-status']).toMatch(/^Karcis; fwd=/)
  })

  test('what nobody asked before fails, is kept nowhere, and is answered as soon as it can be', async () => {
    const entries = await entriesOf(app)
    await during(async () => {
      for (const headers of [{}, { 'if-none-match': '*' }, { 'accept-encoding': 'br' }])
        expectFailure(await get(known.page, headers))
      expectFailure(await get(addressOf('EventAvailability', { eventId: crypto.randomUUID() })))
      expect(await entriesOf(app)).toBe(entries)
      expect(await isStored('EventDetail', { slug: known.slug })).toBe(false)
    })
    const answer = await get(known.page)
    expect(answer.status).toBe(200)
    expect(answer.headers['cache-status']).toBe('Karcis; fwd=miss; stored')
    expect(jsonOf(answer).data.event.title).toBe('Lama')
    await eventually(() => isStored('EventDetail', { slug: known.slug }))
  })
})

test('a refusal by the operation itself is kept nowhere', async () => {
  const path = addressOf('EventList', { first: 0 })
  const entries = await entriesOf(app)
  for (let time = 0; time < 2; time++) {
    const { status, headers, bytes } = await get(path, { 'if-none-match': '*' })
    expect(status).toBe(400)
    expect(headers['cache-control']).toBe('no-store')
    expect(headers.etag).toBeUndefined()
    expect(JSON.parse(bytes.toString()).errors[0].extensions.code).toBe('VALIDATION_FAILED')
  }
  expect(await entriesOf(app)).toBe(entries)
  expect(await isStored('EventList', { first: 0 })).toBe(false)
})
