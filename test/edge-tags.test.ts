// The tags by which a CDN finds what it keeps, in the words of each CDN.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startApp, type TestApp } from './setup/app.ts'
import { eventBySlug } from './setup/shop.ts'
import { addressOf, ask } from './setup/wire.ts'

const SLUG = 'gelora-kampus'

const cdns = [
  ['varnish', 'xkey', ' ', { CDN_PURGE_URL: 'http://127.0.0.1:9' }],
  [
    'fastly',
    'surrogate-key',
    ' ',
    { CDN_PURGE_URL: 'http://127.0.0.1:9', CDN_TOKEN: 'secret', CDN_ZONE: 'zone' },
  ],
  [
    'cloudflare',
    'cache-tag',
    ',',
    { CDN_PURGE_URL: 'http://127.0.0.1:9', CDN_TOKEN: 'secret', CDN_ZONE: 'zone' },
  ],
] as const
const HEADERS = ['xkey', 'surrogate-key', 'cache-tag', 'edge-cache-tag', 'surrogate-control']

describe.each(cdns)('with CDN=%s', (CDN, header, separator, settings) => {
  let app: TestApp
  let event: Awaited<ReturnType<typeof eventBySlug>>

  beforeAll(async () => {
    app = await startApp({ season: true, environment: { CDN, ...settings } })
    event = await eventBySlug(app, SLUG)
  })
  afterAll(() => app.close())

  /** The tags of a miss, of a hit, of a compressed hit and of a 304, which must be the same. */
  async function tagsOf(operation: string, variables: object): Promise<string[]> {
    const path = addressOf(operation, variables)
    const given: unknown[] = []
    for (const headers of [{}, {}, { 'accept-encoding': 'br' }, { 'if-none-match': '*' }]) {
      const answer = await ask(app, path, { headers })
      given.push(answer.headers[header])
      for (const other of HEADERS) if (other !== header) expect(answer.headers[other], other).toBeUndefined()
    }
    expect(new Set(given).size).toBe(1)
    const tags = String(given[0]).split(separator)
    expect(new Set(tags).size).toBe(tags.length)
    // Short, and nothing that a CDN reads as something else.
    for (const tag of tags) expect(tag).toMatch(/^[a-z][a-z0-9-]{0,63}$/)
    return tags.sort()
  }

  test(`answers carry their tags in ${header}, and refusals none`, async () => {
    const { organizerId } = event
    const shown = event.merchandise.map(({ id }) => `merch-${id}`)
    expect(await tagsOf('EventDetail', { slug: SLUG })).toEqual(
      ['karcis', `event-${event.id}`, `org-${organizerId}`, ...shown].sort(),
    )
    const refused = await ask(app, `${addressOf('EventDetail', { slug: SLUG })}&_=1`)
    expect(refused.status).toBe(400)
    for (const name of HEADERS) expect(refused.headers[name]).toBeUndefined()
    const secret = await ask(app, addressOf('Me'))
    for (const name of HEADERS) expect(secret.headers[name]).toBeUndefined()
  })

  test('a list has its own tag and that of each event and organizer on the page', async () => {
    const tags = await tagsOf('EventList', { first: 100 })
    const events = await app.prisma.event.findMany({ where: { status: 'PUBLISHED' } })
    expect(tags).toEqual(
      expect.arrayContaining(['karcis', 'events', ...events.map(({ id }) => `event-${id}`)]),
    )
    expect(tags).toContain(`org-${event.organizerId}`)
    expect(tags.filter((tag) => !/^(karcis|events|event-.+|org-.+)$/.test(tag))).toEqual([])
    expect(await tagsOf('EventList', { first: 5, filter: { city: 'tidak-ada' } })).toEqual([
      'events',
      'karcis',
    ])
  })

  test('what is left of stock has the tag of the event’s stock, which a sale purges', async () => {
    expect(await tagsOf('EventAvailability', { eventId: event.id })).toEqual(
      ['karcis', `stock-${event.id}`].sort(),
    )
  })

  test('what was not found has the tag that a new one purges', async () => {
    expect(await tagsOf('EventDetail', { slug: 'tidak-ada' })).toEqual(['events', 'karcis'])
    expect(await tagsOf('EventAvailability', { eventId: crypto.randomUUID() })).toEqual(['events', 'karcis'])
    for (const operation of ['MerchandiseDetail', 'MerchandiseReviews', 'MerchandiseAvailability'])
      expect(await tagsOf(operation, { slug: 'tidak-ada' })).toEqual(['karcis', 'merchandise'])
  })

  test('merchandise, its stock and its reviews have the tag of the item', async () => {
    const item = event.merchandise[0]
    if (!item) throw new Error('The event sells no merchandise.')
    const { slug } = item
    expect(await tagsOf('MerchandiseDetail', { slug })).toEqual(
      ['karcis', `merch-${item.id}`, `org-${item.organizerId}`, `event-${event.id}`].sort(),
    )
    expect(await tagsOf('MerchandiseReviews', { slug })).toEqual(['karcis', `merch-${item.id}`].sort())
    expect(await tagsOf('MerchandiseAvailability', { slug })).toEqual(
      ['karcis', `merch-${item.id}`, `stock-merch-${item.id}`].sort(),
    )
    const list = await tagsOf('MerchandiseList', { first: 100 })
    expect(list).toEqual(expect.arrayContaining(['karcis', 'merchandise', `merch-${item.id}`]))
  })

  test('an organizer has its own tag', async () => {
    const { id, slug } = await app.prisma.organizer.findUniqueOrThrow({ where: { id: event.organizerId } })
    expect(await tagsOf('OrganizerDetail', { slug })).toEqual(['karcis', `org-${id}`].sort())
  })
})

test('without a CDN nobody is told any tag', async () => {
  const app = await startApp({ season: true })
  try {
    for (const headers of [{}, {}, { 'if-none-match': '*' }]) {
      const answer = await ask(app, addressOf('EventDetail', { slug: SLUG }), { headers })
      for (const name of HEADERS) expect(answer.headers[name]).toBeUndefined()
    }
  } finally {
    await app.close()
  }
})
