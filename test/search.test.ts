import { afterAll, beforeAll, expect, test } from 'vitest'
import { startApp, type TestApp } from './setup/app.ts'
import { addEvent, addItem, addOrganizer } from './setup/catalogue.ts'

let app: TestApp

beforeAll(async () => {
  // Without the season, so that what is found is known to the last row.
  app = await startApp()
  const { id } = await addOrganizer(app)
  await addEvent(app, id, {
    slug: 'zefiro',
    title: "Zefiro Purnama: AC/DC v2.0 feat.Xylo covid-19 Jum'at",
    category: 'ElektroJazz',
    city: 'Bukittinggi',
    venue: 'Gedung Ngarai Sianok',
    tags: ['KUINTET', 'malam-minggu'],
    description: 'Sebuah pergelaran\ndengan oboe. Straße, Éclair.',
  })
  await addEvent(app, id, { slug: 'lain', title: 'Sesuatu yang lain', description: 'purnama' })
  await addItem(app, id, {
    slug: 'zirah',
    name: 'Zirah Tembaga',
    categories: ['PAKAIAN Adat'],
    tags: ['Lebar'],
    description: 'Ditempa. R&B/AC-DC.',
  })
})
afterAll(() => app.close())

async function events(search: string): Promise<string[]> {
  const { status, body } = await app.call('EventList', { first: 100, filter: { search } }, { method: 'GET' })
  expect(status, JSON.stringify(body)).toBe(200)
  expect(body.errors, search).toBeUndefined()
  return body.data.events.edges.map((edge: { node: { slug: string } }) => edge.node.slug)
}

async function items(search: string): Promise<string[]> {
  const { body } = await app.call('MerchandiseList', { first: 100, filter: { search } }, { method: 'GET' })
  expect(body.errors, search).toBeUndefined()
  return body.data.merchandise.edges.map((edge: { node: { slug: string } }) => edge.node.slug)
}

test.each([
  ['the beginning of a word', 'zefi'],
  ['words in another order and case', 'PURNAMA zef'],
  ['words of different fields', 'oboe ngarai bukit'],
  ['a category in other case', 'elektroj'],
  ['a tag that is stored in upper case', 'kuintet'],
  ['a part of a tag', 'minggu'],
  ['letters beyond ASCII', 'straß éclair'],
  ['a letter and its accent apart', 'E\u0301clair'],
  ['the title as it stands', "Zefiro Purnama: AC/DC v2.0 feat.Xylo covid-19 Jum'at"],
  ['both halves of what PostgreSQL takes for a path', 'dc ac'],
  ['the second half of what it takes for a number', 'covid 19'],
  ['the second half of what it takes for a host', 'xylo'],
  ['words between operators', 'zefiro & ( | !purnama :* <-> "oboe'],
])('an event is found by %s', async (_name, search) => {
  expect(await events(search)).toEqual(['zefiro'])
})

test('every word must begin a word, and the middle of a word finds nothing', async () => {
  expect(await events('zefiro nowhere')).toEqual([])
  expect(await events('efiro')).toEqual([])
  expect((await events('purnama')).sort()).toEqual(['lain', 'zefiro'])
})

test.each(['&', '!', '|', ':*', '<->', '()', "'", "''", '\\', '%', '_', '"', ' ', '\u{1F3B8}', '\ufffd'])(
  'a search for %j alone filters nothing',
  async (search) => {
    expect((await events(search)).length).toBe((await events('')).length)
  },
)

test.each([
  "zefiro' OR '1'='1",
  "'; DROP TABLE event; --",
  'zefiro:*ABCD',
  'a <2> b',
  '!!zefiro',
  '\\zefiro\\',
  'x'.repeat(100),
  `${'a '.repeat(50)}`,
])('a search for %j does no harm', async (search) => {
  await events(search)
  expect(await events('zefiro')).toEqual(['zefiro'])
})

test.each(['search', 'city', 'category', 'tag', 'organizerSlug'])(
  'more than 100 characters or a control character in %s are refused',
  async (field) => {
    for (const value of ['x'.repeat(101), 'a\u0000b', 'a\nb']) {
      const { status, body } = await app.call('EventList', { filter: { [field]: value } }, { method: 'GET' })
      expect(status).toBe(400)
      expect(body.errors[0].extensions).toMatchObject({ code: 'VALIDATION_FAILED', path: ['filter', field] })
    }
  },
)

test.each(['zir', 'tembaga ZIRAH', 'pakaian', 'adat', 'lebar', 'ditemp', 'R&B', 'ac/dc'])(
  'merchandise is found by %s',
  async (search) => {
    expect(await items(search)).toEqual(['zirah'])
  },
)

test('a search pages like any other list', async () => {
  const { id } = await addOrganizer(app)
  for (let index = 0; index < 5; index++) await addEvent(app, id, { title: `Wirahma ${index}` })
  const page = async (after: string | null) =>
    (await app.call('EventList', { first: 2, after, filter: { search: 'wirahma' } }, { method: 'GET' })).body
      .data.events
  const first = await page(null)
  const second = await page(first.pageInfo.endCursor)
  const third = await page(second.pageInfo.endCursor)
  const ids = [first, second, third].flatMap(({ edges }) =>
    edges.map((edge: { node: { id: string } }) => edge.node.id),
  )
  expect(new Set(ids).size).toBe(5)
  expect(third.pageInfo.hasNextPage).toBe(false)
})
