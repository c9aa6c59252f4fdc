import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newId } from '../src/platform/ids.ts'
import { startApp, type TestApp } from './setup/app.ts'
import { addEvent, addItem, addOrganizer, inDays, walk } from './setup/catalogue.ts'
import { statementsOf } from './setup/statements.ts'

let app: TestApp
let organizerId: string

beforeAll(async () => {
  app = await startApp({ season: true })
  ;({ id: organizerId } = await addOrganizer(app, 'toko-kita'))
  const createdAt = inDays(-1)
  // Ties in every column that a list is ordered by.
  for (let index = 0; index < 18; index++) {
    const half = index % 2
    await addItem(app, organizerId, {
      createdAt: index < 12 ? createdAt : inDays(-index),
      minPriceMinor: half ? 7_500_000n : 5_000_000n + BigInt(index),
      ratingCenti: half ? 450 : index,
      reviewCount: 1,
      soldCount: half ? 3 : index,
    })
  }
})
afterAll(() => app.close())

const list = (variables: object) => app.call('MerchandiseList', variables, { method: 'GET' })
const find = async (slug: string) =>
  (await app.call('MerchandiseDetail', { slug }, { method: 'GET' })).body.data.merchandiseItem

async function slugs(filter: object): Promise<string[]> {
  const { body } = await list({ first: 100, filter: { organizerSlug: 'toko-kita', ...filter } })
  return body.data.merchandise.edges.map((edge: { node: { slug: string } }) => edge.node.slug).sort()
}

describe.each([
  ['NEWEST', 'created_at DESC, id DESC'],
  ['PRICE_ASC', 'min_price_minor ASC, id ASC'],
  ['PRICE_DESC', 'min_price_minor DESC, id DESC'],
  ['RATING_DESC', 'rating_centi DESC, id DESC'],
  ['BEST_SELLING', 'sold_count DESC, id DESC'],
])('in the order %s', (orderBy, sql) => {
  test.each([
    ['forwards', false],
    ['backwards', true],
  ])('the pages %s lose nothing, repeat nothing and keep the order', async (_name, backwards) => {
    const rows = await app.prisma.$queryRawUnsafe<{ id: string }[]>(
      `SELECT id FROM merchandise WHERE published ORDER BY ${sql}`,
    )
    const expected = rows.map(({ id }) => id)
    expect(expected.length).toBeGreaterThan(18)
    expect(await walk(app, 'MerchandiseList', 'merchandise', { orderBy }, { backwards })).toEqual(expected)
  })
})

test.each([0, -1, 101, 1_000_000_000])('a page of %i is refused', async (first) => {
  const { status, body } = await list({ first })
  expect(status).toBe(400)
  expect(body.errors[0].extensions).toMatchObject({ code: 'VALIDATION_FAILED', path: ['first'] })
})

const cursorOf = (...parts: unknown[]) => Buffer.from(JSON.stringify(parts)).toString('base64url')

test.each([
  ['RATING_DESC', cursorOf('BEST_SELLING', '3', newId())],
  ['RATING_DESC', cursorOf('RATING_DESC', '9'.repeat(18), newId())],
  ['BEST_SELLING', cursorOf('BEST_SELLING', '-2147483649', newId())],
  ['BEST_SELLING', cursorOf('BEST_SELLING', '1.5', newId())],
  ['PRICE_ASC', cursorOf('PRICE_ASC', '9'.repeat(19), newId())],
  ['PRICE_ASC', cursorOf('PRICE_ASC', '1', 'x')],
])('a forged cursor for %s is refused: %s', async (orderBy, after) => {
  const { status, body } = await list({ orderBy, after })
  expect(status, JSON.stringify(body)).toBe(400)
  expect(body.errors[0].extensions).toMatchObject({ code: 'VALIDATION_FAILED', path: ['after'] })
})

test('each filter lists exactly the items that it describes, and filters add up', async () => {
  const event = await addEvent(app, organizerId)
  const add = (slug: string, values: object, variant: object = {}) =>
    addItem(app, organizerId, { slug, ...values }, variant)
  await add('tapis-satu', { categories: ['Tas', 'Kain'], tags: ['biru'], minPriceMinor: 100_000_000n })
  await add('tapis-dua', { categories: ['Tas'], eventId: event.id, minPriceMinor: 100_000_001n })
  await add('tapis-tiga', { tags: ['biru'], minPriceMinor: 250_000_000n })
  await add('tapis-asing', { minPriceMinor: 100_000_000n }, { currencyCode: 'USD' })
  expect(await slugs({ category: 'Tas' })).toEqual(['tapis-dua', 'tapis-satu'])
  expect(await slugs({ tag: 'biru' })).toEqual(['tapis-satu', 'tapis-tiga'])
  expect(await slugs({ category: 'Tas', tag: 'biru' })).toEqual(['tapis-satu'])
  expect(await slugs({ eventSlug: event.slug })).toEqual(['tapis-dua'])
  expect(await slugs({ eventSlug: 'unknown' })).toEqual([])
  expect(await slugs({ organizerSlug: 'unknown' })).toEqual([])
  // Both ends belong to the range, and prices in another currency are not compared.
  expect(await slugs({ minPrice: '1000000', maxPrice: '1000000.00' })).toEqual(['tapis-satu'])
  expect(await slugs({ minPrice: '1000001' })).toEqual(['tapis-tiga'])
  expect(await slugs({ minPrice: '9999999999999999' })).toEqual([])
})

test.each([
  [{ minPrice: '1.001' }, 'VALIDATION_FAILED'],
  [{ minPrice: '75.000' }, 'VALIDATION_FAILED'],
  [{ maxPrice: '150.50' }, 'VALIDATION_FAILED'],
  [{ maxPrice: '-1' }, 'VALIDATION_FAILED'],
  [{ maxPrice: '1.500.000' }, 'BAD_USER_INPUT'],
  [{ maxPrice: '1,500' }, 'BAD_USER_INPUT'],
  [{ maxPrice: 'NaN' }, 'BAD_USER_INPUT'],
  [{ maxPrice: 5 }, 'BAD_USER_INPUT'],
  [{ search: 'x'.repeat(101) }, 'VALIDATION_FAILED'],
  [{ eventSlug: 'x'.repeat(101) }, 'VALIDATION_FAILED'],
])('the filter %j is refused with %s', async (filter, code) => {
  const { status, body } = await list({ filter })
  expect(status).toBe(400)
  expect(body.errors[0].extensions.code).toBe(code)
})

test('an item without reviews has no rating; reviews give it one and page newest first', async () => {
  const none = await addItem(app, organizerId)
  expect(await find(none.slug)).toMatchObject({ averageRating: null, reviewCount: 0 })
  const item = await addItem(app, organizerId, { ratingCenti: 367, ratingSum: 11, reviewCount: 3 })
  const createdAt = inDays(-1)
  for (const rating of [4, 4, 3]) {
    const email = `${newId()}@karcis.test`
    const account = await app.prisma.account.create({
      data: { id: newId(), name: 'Sari', email, passwordHash: 'x' },
    })
    await app.prisma.review.create({
      data: {
        id: newId(),
        merchandiseId: item.id,
        accountId: account.id,
        author: 'Sari',
        rating,
        body: 'Bagus',
        createdAt,
      },
    })
  }
  const page = async (after: string | null) => {
    const answer = await app.call(
      'MerchandiseReviews',
      { slug: item.slug, first: 2, after },
      { method: 'GET' },
    )
    return answer.body.data.merchandiseItem
  }
  const first = await page(null)
  expect(first).toMatchObject({ averageRating: 3.67, reviewCount: 3 })
  const second = await page(first.reviews.pageInfo.endCursor)
  const ratings = [...first.reviews.edges, ...second.reviews.edges].map(({ node }) => node.rating)
  expect(ratings).toEqual([3, 4, 4])
  expect(second.reviews.pageInfo.hasNextPage).toBe(false)
})

test('compareAtPrice is null or the price before, exact to the last digit', async () => {
  const plain = await addItem(app, organizerId)
  const reduced = await addItem(
    app,
    organizerId,
    { minPriceMinor: 999n },
    { compareAtPriceMinor: 100_000_001n },
  )
  expect((await find(plain.slug)).variants[0].compareAtPrice).toBeNull()
  expect((await find(reduced.slug)).variants[0]).toMatchObject({
    price: { amount: '9.99', currencyCode: 'IDR' },
    compareAtPrice: { amount: '1000000.01', currencyCode: 'IDR' },
  })
})

test('an unknown item is null, whatever its slug looks like', async () => {
  for (const slug of ['unknown', '', "' OR published --"]) expect(await find(slug)).toBeNull()
})

test('a page of items with their variants costs at most 3 statements', async () => {
  const statements = await statementsOf(async () => {
    const { body } = await list({ first: 100, filter: { search: 'kaos' } })
    expect(body.data.merchandise.edges.length).toBeGreaterThan(18)
  })
  expect(statements.length, statements.join('\n')).toBeLessThanOrEqual(3)
})
