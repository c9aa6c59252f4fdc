import { afterAll, beforeAll, expect, test } from 'vitest'
import { newId } from '../src/platform/ids.ts'
import { startApp, type TestApp } from './setup/app.ts'
import { addCategory, addEvent, addItem, inDays, walk } from './setup/catalogue.ts'
import { hire, mutate, resultOf } from './setup/staff.ts'

let app: TestApp
let owner: Awaited<ReturnType<typeof hire>>

beforeAll(async () => {
  app = await startApp({ season: true })
  owner = await hire(app, 'OWNER')
})
afterAll(() => app.close())

const run = (name: string, input: object) => resultOf(app, name, { input }, owner.token)
const placesOf = (result: { issues: { path: string[] }[] }) => result.issues.map(({ path }) => path.join('.'))

const good = () => ({
  organizerId: owner.organizerId,
  slug: `acara-${newId()}`,
  title: 'Acara',
  description: '',
  timeZone: 'Asia/Jakarta',
  startsAt: inDays(1),
  endsAt: inDays(2),
})

test('everything that is wrong with an event is said at once, each at its place', async () => {
  const result = await run('createEvent', {
    ...good(),
    slug: 'Not A Slug',
    title: '\u3164',
    description: 'a\u0007',
    tags: ['ok', ''],
    city: 'a\nb',
    timeZone: '+07:00',
    endsAt: inDays(1),
    startsAt: inDays(2),
    salesStartAt: inDays(2),
    salesEndAt: inDays(1),
    imageUrl: 'javascript:alert(1)',
  })
  expect(result).toMatchObject({ __typename: 'ValidationError', code: 'VALIDATION_FAILED' })
  const fields = [
    'slug',
    'title',
    'description',
    'tags.1',
    'city',
    'timeZone',
    'imageUrl',
    'endsAt',
    'salesEndAt',
  ]
  expect(placesOf(result)).toEqual(fields.map((field) => `input.${field}`))
  expect(result).toMatchObject({ path: result.issues[0].path, message: result.issues[0].message })
  expect(await app.prisma.event.count({ where: { organizerId: owner.organizerId } })).toBe(0)
})

test('everything that is wrong with a category, a variant and an item is said at once', async () => {
  const { id: eventId } = await run('createEvent', good())
  const foreign = await addEvent(app, (await hire(app, 'OWNER')).organizerId)
  const schedule = { id: newId(), eventId: foreign.id, name: 'x', startsAt: inDays(1), endsAt: inDays(2) }
  await app.prisma.schedule.create({ data: schedule })
  const category = await run('createTicketCategory', {
    eventId,
    scheduleId: schedule.id,
    name: '',
    price: '-1',
    quota: 0,
    maxPerOrder: 101,
    position: -1,
  })
  const places = ['scheduleId', 'name', 'price', 'quota', 'maxPerOrder', 'position']
  expect(placesOf(category)).toEqual(places.map((field) => `input.${field}`))
  const item = await run('createMerchandise', {
    organizerId: owner.organizerId,
    eventId: foreign.id,
    slug: 'x-',
    name: 'x'.repeat(201),
    description: '',
    imageUrls: ['https://example.com/a.png', 'http://example.com/a.png', 'https://a:b@example.com'],
  })
  expect(placesOf(item)).toEqual(
    ['eventId', 'slug', 'name', 'imageUrls.1', 'imageUrls.2'].map((field) => `input.${field}`),
  )
  const { id: merchandiseId } = await addItem(app, owner.organizerId)
  const variant = await run('createMerchandiseVariant', {
    merchandiseId,
    sku: 'a b',
    name: '\t',
    price: '0.001',
    compareAtPrice: '0',
    stock: 1_000_001,
  })
  expect(placesOf(variant)).toEqual(
    ['sku', 'name', 'price', 'stock', 'compareAtPrice'].map((field) => `input.${field}`),
  )
})

test('an amount in rupiah with digits after a point is refused wherever staff write one', async () => {
  const { organizerId } = owner
  const event = await addEvent(app, organizerId)
  const category = await addCategory(app, event.id)
  const item = await addItem(app, organizerId)
  const variantId = item.variants[0]?.id
  const of = { merchandiseId: item.id, sku: newId(), name: 'x', stock: 1 }
  const code = { organizerId, code: 'HEMAT', kind: 'AMOUNT' }
  const inputs: [string, (amount: string) => object, string][] = [
    ['createTicketCategory', (price) => ({ eventId: event.id, name: 'x', quota: 1, price }), 'input.price'],
    ['updateTicketCategory', (price) => ({ id: category.id, price }), 'input.price'],
    ['createMerchandiseVariant', (price) => ({ ...of, price }), 'input.price'],
    [
      'createMerchandiseVariant',
      (compareAtPrice) => ({ ...of, price: '1', compareAtPrice }),
      'input.compareAtPrice',
    ],
    ['updateMerchandiseVariant', (price) => ({ id: variantId, price }), 'input.price'],
    [
      'updateMerchandiseVariant',
      (compareAtPrice) => ({ id: variantId, compareAtPrice }),
      'input.compareAtPrice',
    ],
    ['createPromoCode', (amount) => ({ ...code, amount }), 'input.amount'],
  ]
  for (const [field, input, place] of inputs)
    for (const amount of ['150.000', '75.000', '150.50', '150.0', '-150000', '10000000001']) {
      const answer = await run(field, input(amount))
      expect([answer.code, placesOf(answer)[0]], `${field} ${amount}`).toEqual(['VALIDATION_FAILED', place])
    }
  const { message } = await run('updateTicketCategory', { id: category.id, price: '150.000' })
  expect(message).toBe(
    'IDR is paid in whole units, without digits after a point. If thousands are meant, write 150000.',
  )
})

test('a price is exact: the smallest, a zero and the largest are stored as written, anything beyond is refused', async () => {
  const { id: merchandiseId } = await addItem(app, owner.organizerId)
  const price = async (text: string) => {
    const made = await run('createMerchandiseVariant', {
      merchandiseId,
      sku: newId(),
      name: 'x',
      price: text,
      stock: 1,
    })
    if (made.code) return made.code
    const { priceMinor } = await app.prisma.merchandiseVariant.findUniqueOrThrow({ where: { id: made.id } })
    return priceMinor
  }
  expect(await price('1')).toBe(100n)
  expect(await price('0')).toBe(0n)
  expect(await price('10000000000.00')).toBe(10n ** 12n)
  expect(await price('10000000001')).toBe('VALIDATION_FAILED')
  expect(await price('-1')).toBe('VALIDATION_FAILED')
  const item = await app.prisma.merchandise.findUniqueOrThrow({ where: { id: merchandiseId } })
  expect(item.minPriceMinor).toBe(0n)
})

test.each(['0000-01-01T00:00:00Z', '2027-02-30T00:00:00Z', '2027-01-01', '9999-12-31T23:59:59-23:00'])(
  'the moment %s does not exist',
  async (startsAt) => {
    const { body } = await mutate(app, 'createEvent', { input: { ...good(), startsAt } }, owner.token)
    expect(body.data).toBeUndefined()
    expect(body.errors[0].extensions.code).toBe('BAD_USER_INPUT')
  },
)

test('a slug is taken once among all organizers, whoever asks and in whatever order', async () => {
  const other = await hire(app, 'OWNER')
  const slug = `rebutan-${newId()}`
  const tries = [owner, other, owner, other].map(({ organizerId, token }) =>
    resultOf(app, 'createEvent', { input: { ...good(), organizerId, slug } }, token),
  )
  const results = await Promise.all(tries)
  const taken = results.filter((result) => result.__typename === 'SlugTakenError')
  expect(results.filter((result) => result.__typename === 'Event')).toHaveLength(1)
  expect(taken).toHaveLength(3)
  expect(taken[0]).toMatchObject({ code: 'SLUG_TAKEN', path: ['input', 'slug'] })
  const mine = await run('createEvent', good())
  expect((await run('updateEvent', { id: mine.id, slug })).code).toBe('SLUG_TAKEN')
})

test('an SKU and the slug of an item are taken once', async () => {
  const [one, two] = [await addItem(app, owner.organizerId), await addItem(app, owner.organizerId)]
  expect((await run('updateMerchandise', { id: one.id, slug: two.slug })).code).toBe('SLUG_TAKEN')
  const { sku } = two.variants[0] ?? { sku: '' }
  const values = { merchandiseId: one.id, sku, name: 'x', price: '1', stock: 1 }
  expect(await run('createMerchandiseVariant', values)).toMatchObject({
    code: 'SKU_TAKEN',
    path: ['input', 'sku'],
  })
  expect((await run('updateMerchandiseVariant', { id: one.variants[0]?.id, sku })).code).toBe('SKU_TAKEN')
})

test('what is sold together has one currency', async () => {
  const event = await addEvent(app, owner.organizerId)
  await addCategory(app, event.id)
  const values = { eventId: event.id, name: 'x', price: '1', quota: 1 }
  for (const currencyCode of ['USD', 'idr', 'XXY']) {
    const result = await run('createTicketCategory', { ...values, currencyCode })
    expect(placesOf(result)).toEqual(['input.currencyCode'])
  }
})

test('staff see their drafts in staffEvents and staffMerchandise, paged, and only their own', async () => {
  const { organizerId, token } = await hire(app, 'MANAGER')
  const ids: string[] = []
  for (let index = 0; index < 5; index++) {
    const status = index % 2 ? 'DRAFT' : 'PUBLISHED'
    ids.unshift(
      (await addEvent(app, organizerId, { status, startsAt: inDays(5), endsAt: inDays(6 + index) })).id,
    )
    await addItem(app, organizerId, { published: index % 2 === 0 })
  }
  const document = (field: string) => `query ($id: ID!, $first: Int, $after: String) {
    ${field}(organizerId: $id, first: $first, after: $after) {
      edges { node { id } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    }
  }`
  const ask = (field: string) => ({
    call: (_operation: string, variables?: object) =>
      app.query(document(field), { id: organizerId, ...variables }, { token }),
  })
  expect(await walk(ask('staffEvents'), '', 'staffEvents', {}, { size: 2 })).toEqual(ids)
  const items = await walk(ask('staffMerchandise'), '', 'staffMerchandise', {}, { size: 2 })
  expect(items).toHaveLength(5)
  expect(new Set(items).size).toBe(5)
})
