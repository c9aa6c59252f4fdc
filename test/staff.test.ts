import { afterAll, beforeAll, expect, test } from 'vitest'
import { startApp, type TestApp } from './setup/app.ts'
import { inDays } from './setup/catalogue.ts'
import { expectInvariants } from './setup/oracle.ts'
import { guest, key, order } from './setup/shop.ts'
import { hire, resultOf } from './setup/staff.ts'

let app: TestApp
let owner: Awaited<ReturnType<typeof hire>>

beforeAll(async () => {
  app = await startApp({ season: true })
  owner = await hire(app, 'OWNER')
})
afterAll(() => app.close())

const run = (name: string, args: object, select?: string) => resultOf(app, name, args, owner.token, select)
const create = async (name: string, input: object, select?: string) => {
  const result = await run(name, { input }, select)
  expect(result.code, JSON.stringify(result)).toBeUndefined()
  return result
}
const audited = async (targetId: string) =>
  app.prisma.auditEntry.findMany({ where: { targetId }, orderBy: { createdAt: 'asc' } })

let events = 0
const newEvent = (extra: object = {}) =>
  create('createEvent', {
    organizerId: owner.organizerId,
    slug: `konser-${++events}`,
    title: 'Konser',
    description: '',
    timeZone: 'Asia/Jakarta',
    startsAt: inDays(20),
    endsAt: inDays(21),
    ...extra,
  })

test('an owner makes, publishes and sells an event and its merchandise by mutations alone', async () => {
  const event = await newEvent({ slug: 'dari-nol', tags: ['Rock', 'rock', 'Malam'], city: 'Padang' })
  const eventId = event.id
  const schedule = await create('createSchedule', {
    eventId,
    name: 'Hari 1',
    startsAt: inDays(20),
    endsAt: inDays(21),
  })
  const category = await create('createTicketCategory', {
    eventId,
    scheduleId: schedule.id,
    name: 'Festival',
    price: '150000',
    quota: 5,
  })
  const gate = await create('createGate', { eventId, name: 'Utara', ticketCategoryIds: [category.id] })
  const item = await create('createMerchandise', {
    organizerId: owner.organizerId,
    eventId,
    slug: 'kaos-dari-nol',
    name: 'Kaos',
    description: '',
  })
  const variant = await create('createMerchandiseVariant', {
    merchandiseId: item.id,
    sku: 'KDN-M',
    name: 'M',
    price: '75000',
    compareAtPrice: '100000',
    stock: 3,
  })

  const seen = () => app.call('EventDetail', { slug: 'dari-nol' }, { method: 'GET' })
  expect((await seen()).body.data.event).toBeNull()
  const cart = {
    eventId,
    tickets: [{ ticketCategoryId: category.id, quantity: 2 }],
    merchandise: [{ variantId: variant.id, quantity: 1 }],
    buyer: guest(),
    expectedTotal: '375000.00',
  }
  const buy = async (idempotencyKey = key()) =>
    (await app.call('CreateOrder', { input: cart, idempotencyKey })).body.data.createOrder
  expect((await buy()).__typename).toBe('ValidationError')

  expect((await run('publishMerchandise', { merchandiseId: item.id })).__typename).toBe('Merchandise')
  const published = await run('publishEvent', { eventId }, '... on Event { status publishedAt }')
  expect(published).toMatchObject({ id: eventId, status: 'PUBLISHED', publishedAt: expect.any(String) })
  expect(await run('publishEvent', { eventId }, '... on Event { status publishedAt }')).toEqual(published)

  expect((await seen()).body.data.event).toMatchObject({
    id: eventId,
    tags: ['rock', 'malam'],
    organizer: { id: owner.organizerId },
    schedules: [{ id: schedule.id }],
    ticketCategories: [{ id: category.id, price: { amount: '150000.00', currencyCode: 'IDR' }, quota: 5 }],
    merchandise: [{ id: item.id, variants: [{ id: variant.id }] }],
  })
  const placed = await buy()
  expect(placed).toMatchObject({ __typename: 'Order', total: { amount: '375000.00', currencyCode: 'IDR' } })
  const { body } = await app.call('GateList', { eventId }, { token: owner.token })
  expect(body.data.gates).toMatchObject([{ id: gate.id, ticketCategories: [{ id: category.id }] }])
  await expectInvariants(app.prisma, [placed.id])

  for (const [id, actions] of [
    [eventId, ['event.create', 'event.publish']],
    [schedule.id, ['schedule.create']],
    [category.id, ['ticket_category.create']],
    [gate.id, ['gate.create']],
    [item.id, ['merchandise.create', 'merchandise.publish']],
    [variant.id, ['merchandise_variant.create']],
  ]) {
    const entries = await audited(id)
    expect(entries.map(({ action }) => action)).toEqual(actions)
    expect(entries.every((one) => one.actorId === owner.id && one.organizerId === owner.organizerId)).toBe(
      true,
    )
  }
})

test('an update leaves what is absent, clears what is null, and writes down what it changed', async () => {
  const { id } = await newEvent({ city: 'Medan', venue: 'Istana', category: 'musik', tags: ['a'] })
  const before = await app.prisma.event.findUniqueOrThrow({ where: { id } })
  expect((await run('updateEvent', { input: { id, city: null, title: ' Baru ' } })).id).toBe(id)
  const after = await app.prisma.event.findUniqueOrThrow({ where: { id } })
  expect(after).toEqual({
    ...before,
    city: null,
    cityKey: null,
    title: 'Baru',
    calendarSequence: 1,
    updatedAt: after.updatedAt,
  })
  const entries = await audited(id)
  expect(entries.at(-1)).toMatchObject({ action: 'event.update', data: { city: null, title: 'Baru' } })
  expect((await run('updateEvent', { input: { id, title: 'Baru' } })).id).toBe(id)
  expect(await audited(id)).toHaveLength(entries.length)
  const refused = await run('updateEvent', { input: { id, title: null, startsAt: null, venue: null } })
  expect(refused.issues.map((issue: { path: string[] }) => issue.path.at(-1))).toEqual(['title', 'startsAt'])
  expect(await app.prisma.event.findUniqueOrThrow({ where: { id } })).toEqual(after)
})

test('a draft without a category, an event that is over and a cancelled one are not published', async () => {
  const empty = await newEvent()
  expect(await run('publishEvent', { eventId: empty.id })).toMatchObject({
    __typename: 'ValidationError',
    issues: [{ path: ['eventId'] }],
  })
  const over = await newEvent({ startsAt: inDays(-3), endsAt: inDays(-2) })
  await app.prisma.event.update({ where: { id: over.id }, data: { status: 'CANCELLED' } })
  expect((await run('publishEvent', { eventId: over.id })).issues).toHaveLength(3)
})

test('a quota moves what remains by as much and never falls below what is sold', async () => {
  const { id: eventId } = await newEvent()
  const { id } = await create('createTicketCategory', { eventId, name: 'Umum', price: '0', quota: 10 })
  await run('publishEvent', { eventId })
  for (let index = 0; index < 3; index++) await order(app, { eventId, id })
  const stock = () =>
    app.prisma.ticketCategory.findUniqueOrThrow({
      where: { id },
      select: { quota: true, remaining: true },
    })
  expect(await stock()).toEqual({ quota: 10, remaining: 7 })
  await create('updateTicketCategory', { id, quota: 3 })
  expect(await stock()).toEqual({ quota: 3, remaining: 0 })
  const refused = await run('updateTicketCategory', { input: { id, quota: 2 } })
  expect(refused).toMatchObject({ code: 'VALIDATION_FAILED', path: ['input', 'quota'] })
  expect(await stock()).toEqual({ quota: 3, remaining: 0 })
  await create('updateTicketCategory', { id, quota: 20 })
  expect(await stock()).toEqual({ quota: 20, remaining: 17 })
  await expectInvariants(app.prisma)
})
