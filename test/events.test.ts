import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newId } from '../src/platform/ids.ts'
import { startApp, type TestApp } from './setup/app.ts'
import { addCategory, addEvent, addItem, addOrganizer, inDays, walk } from './setup/catalogue.ts'
import { statementsOf } from './setup/statements.ts'

let app: TestApp
let organizerId: string

beforeAll(async () => {
  app = await startApp({ season: true })
  ;({ id: organizerId } = await addOrganizer(app, 'panggung-kita'))
  const [same, noon] = [inDays(40), inDays(-2)]
  // Ties: 16 begin at one moment, 8 of them were published at one moment too.
  for (let index = 0; index < 16; index++) {
    const publishedAt = index % 2 ? noon : inDays(-index)
    await addEvent(app, organizerId, { startsAt: same, endsAt: inDays(41), publishedAt })
  }
})
afterAll(() => app.close())

const orders = [
  ['STARTS_AT_ASC', 'starts_at ASC, id ASC'],
  ['STARTS_AT_DESC', 'starts_at DESC, id DESC'],
  ['PUBLISHED_AT_DESC', 'published_at DESC, id DESC'],
] as const

const list = (variables: object) => app.call('EventList', variables, { method: 'GET' })

/** Of the organizer whose events this file knows, unless the filter names another. */
async function slugs(filter: object): Promise<string[]> {
  const { body } = await list({ first: 100, filter: { organizerSlug: 'panggung-kita', ...filter } })
  return body.data.events.edges.map((edge: { node: { slug: string } }) => edge.node.slug)
}

describe.each(orders)('in the order %s', (orderBy, sql) => {
  test.each([
    ['forwards', false],
    ['backwards', true],
  ])('the pages %s lose nothing, repeat nothing and keep the order', async (_name, backwards) => {
    const rows = await app.prisma.$queryRawUnsafe<{ id: string }[]>(
      `SELECT id FROM event WHERE status = 'PUBLISHED' ORDER BY ${sql}`,
    )
    const expected = rows.map(({ id }) => id)
    expect(expected.length).toBeGreaterThan(16)
    expect(await walk(app, 'EventList', 'events', { orderBy }, { backwards })).toEqual(expected)
    expect(await walk(app, 'EventList', 'events', { orderBy }, { backwards, size: 1 })).toEqual(expected)
  })
})

test('a page stays in place when its last row is gone and new rows stand before it', async () => {
  const variables = { first: 5, filter: { organizerSlug: 'panggung-kita' } }
  const before = (await list({ ...variables, first: 10 })).body.data.events.edges
  const { endCursor } = (await list(variables)).body.data.events.pageInfo
  await app.prisma.event.delete({ where: { id: before[4].node.id } })
  await addEvent(app, organizerId, { startsAt: inDays(1), endsAt: inDays(2) })
  const { edges } = (await list({ ...variables, after: endCursor })).body.data.events
  expect(edges).toEqual(before.slice(5))
})

test.each([
  [{ first: 0 }, 'first'],
  [{ first: -1 }, 'first'],
  [{ first: 101 }, 'first'],
  [{ first: 1_000_000_000 }, 'first'],
  [{ last: 0 }, 'last'],
  [{ last: 101 }, 'last'],
  [{ first: 5, last: 5 }, 'last'],
  [{ last: 5, after: 'x' }, 'last'],
  [{ first: 5, before: 'x' }, 'before'],
])('a page %j is refused at %s', async (page, place) => {
  const { status, headers, body } = await list(page)
  expect(status).toBe(400)
  expect(headers.get('cache-control')).toBe('no-store')
  expect(body.errors[0].extensions).toMatchObject({ code: 'VALIDATION_FAILED', path: [place] })
})

const cursorOf = (...parts: unknown[]) => Buffer.from(JSON.stringify(parts)).toString('base64url')
const now = new Date().toISOString()

test.each([
  ['nothing', ''],
  ['noise', '%%%'],
  ['a number', cursorOf(7)],
  ['the cursor of another order', cursorOf('STARTS_AT_DESC', now, newId())],
  ['the cursor of another list', cursorOf('NEWEST', now, newId())],
  ['no date', cursorOf('STARTS_AT_ASC', 'yesterday', newId())],
  ['a date that PostgreSQL has not', cursorOf('STARTS_AT_ASC', '-271821-04-20T00:00:00.000Z', newId())],
  ['no id', cursorOf('STARTS_AT_ASC', now, '-'.repeat(36))],
  ['an id with SQL', cursorOf('STARTS_AT_ASC', now, "' OR 1=1 --")],
  ['an object for an id', cursorOf('STARTS_AT_ASC', now, { not: null })],
])('a cursor that is %s is refused', async (_name, after) => {
  const { status, body } = await list({ after })
  expect(status, JSON.stringify(body)).toBe(400)
  expect(body.errors[0].extensions).toMatchObject({ code: 'VALIDATION_FAILED', path: ['after'] })
})

test('each filter lists exactly the events that the database has for it, and filters add up', async () => {
  const [startsAt, endsAt] = [new Date('2031-05-01T12:00:00Z'), new Date('2031-05-02T12:00:00Z')]
  const make = (slug: string, values: object) =>
    addEvent(app, organizerId, { slug, startsAt, endsAt, ...values })
  await make('saring-satu', { city: 'Bukittinggi', category: 'Jazz Malam', tags: ['angin', 'laut'] })
  await make('saring-dua', { city: 'Bukittinggi', category: 'lain', tags: ['laut'] })
  await make('saring-tiga', { city: 'Sawahlunto', category: 'Jazz Malam', tags: [] })
  expect(await slugs({ city: 'Bukittinggi' })).toEqual(['saring-satu', 'saring-dua'])
  expect(await slugs({ category: 'Jazz Malam' })).toEqual(['saring-satu', 'saring-tiga'])
  expect(await slugs({ tag: 'angin' })).toEqual(['saring-satu'])
  expect(await slugs({ city: 'Bukittinggi', category: 'Jazz Malam', tag: 'laut' })).toEqual(['saring-satu'])
  expect(await slugs({ city: "Bukit' OR '1'='1" })).toEqual([])
  expect(await slugs({ organizerSlug: 'unknown' })).toEqual([])
  const own = await app.prisma.event.count({ where: { organizerId } })
  expect(await slugs({})).toHaveLength(own)
  const until = new Date(startsAt.getTime() + 1)
  // From startsAfter on, until just before startsBefore.
  expect(await slugs({ startsAfter: startsAt, startsBefore: until })).toHaveLength(3)
  expect(await slugs({ startsAfter: until })).toEqual([])
  const past = await app.prisma.event.count({ where: { status: 'PUBLISHED', startsAt: { lt: startsAt } } })
  expect(await walk(app, 'EventList', 'events', { filter: { startsBefore: startsAt } })).toHaveLength(past)
})

test('an event whose time is over stays public and is ENDED; one that is cancelled is not listed', async () => {
  const over = await addEvent(app, organizerId, { startsAt: inDays(-3), endsAt: inDays(-2) })
  const off = await addEvent(app, organizerId, { status: 'CANCELLED' })
  const statusOf = async (slug: string) =>
    (await app.call('EventDetail', { slug }, { method: 'GET' })).body.data.event.status
  expect(await statusOf(over.slug)).toBe('ENDED')
  expect(await statusOf(off.slug)).toBe('CANCELLED')
  const listed = await slugs({})
  expect(listed).toContain(over.slug)
  expect(listed).not.toContain(off.slug)
})

test('an unknown event is null, whatever its slug or id looks like', async () => {
  for (const slug of ['unknown', '', 'a'.repeat(500), "' OR 1=1 --", '../etc']) {
    expect((await app.call('EventDetail', { slug }, { method: 'GET' })).body).toEqual({
      data: { event: null },
    })
  }
  for (const eventId of [newId(), 'x', '']) {
    const { body } = await app.call('EventAvailability', { eventId }, { method: 'GET' })
    expect(body).toEqual({ data: { availability: null } })
  }
})

test('availability is what the database has, category by category and variant by variant', async () => {
  const event = await addEvent(app, organizerId)
  const last = await addCategory(app, event.id, { quota: 9, remaining: 0, position: 2 })
  const first = await addCategory(app, event.id, { quota: 9, remaining: 4, position: 1 })
  const item = await addItem(app, organizerId, { eventId: event.id }, { stock: 5, remaining: 2 })
  await addItem(app, organizerId, { eventId: event.id, published: false })
  const { body } = await app.call('EventAvailability', { eventId: event.id }, { method: 'GET' })
  expect(body.data.availability).toMatchObject({
    eventId: event.id,
    ticketCategories: [
      { id: first.id, remaining: 4, soldOut: false },
      { id: last.id, remaining: 0, soldOut: true },
    ],
    merchandiseVariants: [{ id: item.variants[0]?.id, remaining: 2, soldOut: false }],
  })
})

const PARTS = `id slug title description status category tags city venue timeZone startsAt endsAt salesStartAt salesEndAt
  imageUrl allowReentry publishedAt organizer { id slug name } schedules { id name startsAt }
  ticketCategories { id name remaining schedule { id } } merchandise { id name }`

test('a list shows of each event what the event itself shows, whatever is selected', async () => {
  const { body } = await app.query(`{ events(first: 30) { edges { node { ${PARTS} } } } }`)
  const listed = body.data.events.edges.map(({ node }: { node: { slug: string } }) => node)
  expect(listed.length).toBeGreaterThan(16)
  expect(listed.some((event: { ticketCategories: unknown[] }) => event.ticketCategories.length > 2)).toBe(
    true,
  )
  for (const event of listed) {
    const one = await app.query(`query One($slug: String!) { event(slug: $slug) { ${PARTS} } }`, {
      slug: event.slug,
    })
    expect(event).toEqual(one.body.data.event)
  }
  // Alone, too: a field that is not selected may be what another one is made from.
  for (const field of ['status', 'description', 'salesEndAt', 'organizer { slug }', 'schedules { name }']) {
    const some = await app.query(
      `{ events(first: 30) { edges { ...Part } } } fragment Part on EventEdge { node { ... on Event { ${field} } } }`,
    )
    const name = field.split(' ')[0] ?? ''
    for (const [index, { node }] of some.body.data.events.edges.entries())
      expect(listed[index][name]).toMatchObject(node[name])
  }
})

test('a page of 100 events costs at most 3 statements', async () => {
  const statements = await statementsOf(async () => {
    const { body } = await list({ first: 100, filter: { search: 'malam' } })
    expect(body.data.events.edges.length).toBeGreaterThan(10)
  })
  expect(statements.length, statements.join('\n')).toBeGreaterThan(0)
  expect(statements.length, statements.join('\n')).toBeLessThanOrEqual(3)
})
