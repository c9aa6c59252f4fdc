import { afterAll, beforeAll, expect, test } from 'vitest'
import { startApp, type TestApp } from './setup/app.ts'
import { addCategory, addEvent, addItem, walk } from './setup/catalogue.ts'
import { guest, key } from './setup/shop.ts'

const SECRET = 'rahasiabesar'

let app: TestApp
let draft: Awaited<ReturnType<typeof addEvent>>
let hidden: Awaited<ReturnType<typeof addItem>>
let shown: Awaited<ReturnType<typeof addItem>>
let category: Awaited<ReturnType<typeof addCategory>>
let tokens: (string | undefined)[]

beforeAll(async () => {
  app = await startApp({ season: true })
  const owner = await app.prisma.member.findFirstOrThrow({
    where: { role: 'OWNER', account: { email: 'owner@karcis.test' } },
  })
  const { organizerId } = owner
  const words = { tags: [SECRET], category: SECRET, city: SECRET, title: SECRET }
  draft = await addEvent(app, organizerId, { ...words, slug: SECRET, status: 'DRAFT', publishedAt: null })
  category = await addCategory(app, draft.id)
  hidden = await addItem(app, organizerId, { slug: `${SECRET}-barang`, name: SECRET, published: false })
  shown = await addItem(app, organizerId, { eventId: draft.id })
  // Its own staff read drafts with the staff queries only: a public answer is the same for everybody.
  tokens = [undefined, await app.login('owner@karcis.test')]
})
afterAll(() => app.close())

async function everyone(operation: string, variables: object) {
  return Promise.all(
    tokens.flatMap((token) =>
      (['GET', 'POST'] as const).map((method) => app.call(operation, variables, { method, token })),
    ),
  )
}

test('no list, filter or search shows a draft', async () => {
  const all = await walk(app, 'EventList', 'events', {}, { size: 100 })
  expect(all).not.toContain(draft.id)
  const filters = [{ search: SECRET }, { city: SECRET }, { category: SECRET }, { tag: SECRET }]
  for (const filter of filters) {
    for (const { body } of await everyone('EventList', { filter })) expect(body.data.events.edges).toEqual([])
  }
  const items = await walk(app, 'MerchandiseList', 'merchandise', {}, { size: 100 })
  expect(items).not.toContain(hidden.id)
  expect(items).toContain(shown.id)
  for (const filter of [{ search: SECRET }, { eventSlug: SECRET }]) {
    for (const { body } of await everyone('MerchandiseList', { filter })) {
      expect(body.data.merchandise.edges).toEqual([])
    }
  }
})

test('a draft answers to its slug and id as an unknown one does', async () => {
  for (const { body } of await everyone('EventDetail', { slug: draft.slug }))
    expect(body.data.event).toBeNull()
  for (const { body } of await everyone('EventAvailability', { eventId: draft.id })) {
    expect(body.data.availability).toBeNull()
  }
  for (const { body } of await everyone('MerchandiseDetail', { slug: hidden.slug })) {
    expect(body.data.merchandiseItem).toBeNull()
  }
})

test('merchandise of a draft is shown without the event', async () => {
  for (const { body } of await everyone('MerchandiseDetail', { slug: shown.slug })) {
    expect(body.data.merchandiseItem).toMatchObject({ id: shown.id, event: null })
  }
})

test('an event never shows its unpublished merchandise, however it is reached', async () => {
  const event = await addEvent(app, draft.organizerId)
  const open = await addItem(app, draft.organizerId, { eventId: event.id })
  const closed = await addItem(app, draft.organizerId, { eventId: event.id, published: false })
  const nested = `query ($slug: String!) {
    merchandiseItem(slug: $slug) { event { merchandise { id event { merchandise { id } } } } }
  }`
  const answers = [
    ...(await everyone('EventDetail', { slug: event.slug })),
    ...(await everyone('EventAvailability', { eventId: event.id })),
    ...(await Promise.all(tokens.map((token) => app.query(nested, { slug: open.slug }, { token })))),
  ]
  for (const { body } of answers) {
    const text = JSON.stringify(body)
    expect(text.includes(open.id) || text.includes(open.variants[0]?.id ?? '-')).toBe(true)
    expect(text).not.toContain(closed.id)
    expect(text).not.toContain(closed.variants[0]?.id)
  }
})

test('nothing of a draft can be ordered, and the refusal is that of an unknown id', async () => {
  const refuse = async (cart: object) => {
    const { body } = await app.call('CreateOrder', {
      input: { buyer: guest(), ...cart },
      idempotencyKey: key(),
    })
    return body.data.createOrder
  }
  const unknown = '01a00000-0000-7000-8000-000000000000'
  const tickets = (eventId: string, ticketCategoryId: string) => ({
    eventId,
    tickets: [{ ticketCategoryId, quantity: 1 }],
  })
  const refused = await refuse(tickets(draft.id, category.id))
  expect(refused.__typename).toBe('ValidationError')
  expect(refused).toEqual(await refuse(tickets(unknown, unknown)))
  const units = (variantId: string | undefined) => ({ merchandise: [{ variantId, quantity: 1 }] })
  const refusedItem = await refuse(units(hidden.variants[0]?.id))
  expect(refusedItem.__typename).toBe('ValidationError')
  expect(refusedItem).toEqual(await refuse(units(unknown)))
})
