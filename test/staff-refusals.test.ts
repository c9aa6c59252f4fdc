import { createHash } from 'node:crypto'
import { getNamedType, isUnionType } from 'graphql'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newId } from '../src/platform/ids.ts'
import { schema } from '../src/schema.ts'
import { startApp, type TestApp } from './setup/app.ts'
import { addCategory, addEvent, addItem, addOrganizer, inDays } from './setup/catalogue.ts'
import { paidGoods } from './setup/goods.ts'
import { addDeadLetter } from './setup/jobs.ts'
import { addPromo } from './setup/promo.ts'
import { addPaidOrder } from './setup/refunds.ts'
import { key } from './setup/shop.ts'
import { hire, mutate } from './setup/staff.ts'

let app: TestApp
/** An id of each kind, all of one organizer. */
const ids: Record<string, string> = {}
let organizerId: string
let strangers: Record<string, string>

beforeAll(async () => {
  app = await startApp({ season: true })
  organizerId = (await addOrganizer(app)).id
  const event = await addEvent(app, organizerId, { status: 'DRAFT', publishedAt: null })
  const item = await addItem(app, organizerId, { published: false })
  const times = { startsAt: inDays(1), endsAt: inDays(2) }
  const [schedule, gate, device] = [newId(), newId(), newId()]
  await app.prisma.schedule.create({ data: { id: schedule, eventId: event.id, name: 'Hari 1', ...times } })
  await app.prisma.gate.create({ data: { id: gate, eventId: event.id, name: 'Utara' } })
  await app.prisma.gateDevice.create({
    data: { id: device, gateId: gate, name: 'Pemindai', tokenHash: Buffer.from(device) },
  })
  const category = await addCategory(app, event.id)
  Object.assign(ids, {
    organizer: organizerId,
    event: event.id,
    schedule,
    category: category.id,
    gate,
    device,
    item: item.id,
    goods: (await paidGoods(app, { id: organizerId })).order.id,
    promo: (await addPromo(app, organizerId)).id,
    variant: item.variants[0]?.id,
    ...(await addPaidOrder(app, organizerId)),
    deadLetter: await addDeadLetter(app, organizerId),
  })
  strangers = {
    buyer: await app.login('buyer@karcis.test'),
    owner: (await hire(app, 'OWNER')).token,
  }
})
afterAll(() => app.close())

const times = { startsAt: inDays(3), endsAt: inDays(4) }
const event = { slug: 'milik-orang', title: 'x', description: '', timeZone: 'Asia/Jakarta', ...times }
const input = (values: object) => ({ input: values })

const keyed = (values: object) => ({ ...values, idempotencyKey: 'a-key-of-staff' })

/** Every mutation of staff: whose id it takes, and otherwise good arguments around that id. */
const mutations: Record<string, readonly [kind: string, args: (id: string) => object]> = {
  createEvent: ['organizer', (id) => input({ organizerId: id, ...event })],
  updateEvent: ['event', (id) => input({ id, title: 'Diambil' })],
  publishEvent: ['event', (id) => ({ eventId: id })],
  cancelEvent: ['event', (id) => ({ eventId: id, reason: 'Badai', idempotencyKey: key() })],
  openWaitingRoom: ['event', (id) => input({ eventId: id, rate: 60 })],
  pauseWaitingRoom: ['event', (id) => ({ eventId: id })],
  resumeWaitingRoom: ['event', (id) => ({ eventId: id })],
  closeWaitingRoom: ['event', (id) => ({ eventId: id })],
  createSchedule: ['event', (id) => input({ eventId: id, name: 'x', ...times })],
  updateSchedule: ['schedule', (id) => input({ id, name: 'Diambil' })],
  createTicketCategory: ['event', (id) => input({ eventId: id, name: 'x', price: '1', quota: 1 })],
  updateTicketCategory: ['category', (id) => input({ id, price: '0' })],
  createPromoCode: [
    'organizer',
    (id) => input({ organizerId: id, code: 'ASING', kind: 'PERCENTAGE', percentage: 100 }),
  ],
  updatePromoCode: ['promo', (id) => input({ id, percentage: 100 })],
  deletePromoCode: ['promo', (id) => ({ promoCodeId: id })],
  createGate: ['event', (id) => input({ eventId: id, name: 'x', ticketCategoryIds: [] })],
  updateGate: ['gate', (id) => input({ id, name: 'Diambil' })],
  registerGateDevice: ['gate', (id) => input({ gateId: id, name: 'x' })],
  revokeGateDevice: ['device', (id) => ({ deviceId: id })],
  createMerchandise: ['organizer', (id) => input({ organizerId: id, slug: 'x', name: 'x', description: '' })],
  updateMerchandise: ['item', (id) => input({ id, name: 'Diambil' })],
  publishMerchandise: ['item', (id) => ({ merchandiseId: id })],
  createMerchandiseVariant: [
    'item',
    (id) => input({ merchandiseId: id, sku: 'x', name: 'x', price: '1', stock: 1 }),
  ],
  updateMerchandiseVariant: ['variant', (id) => input({ id, price: '0' })],
  refundOrder: ['order', (id) => keyed(input({ orderId: id, reason: 'x' }))],
  confirmManualRefund: ['refund', (id) => keyed({ refundId: id, reference: 'x' })],
  retryRefund: ['refund', (id) => keyed({ refundId: id })],
  retryDeadLetter: ['deadLetter', (id) => ({ id, idempotencyKey: 'a-key-of-a-stranger' })],
  fulfilOrder: ['goods', (id) => ({ ...input({ orderId: id, step: 'PACKED' }), idempotencyKey: key() })],
}

/** What staff read, by the id that it takes. */
const queries: Record<string, readonly [kind: string, document: string]> = {
  staffEvents: ['organizer', 'query ($id: ID!) { staffEvents(organizerId: $id) { edges { node { id } } } }'],
  staffEvent: ['event', 'query ($id: ID!) { staffEvent(id: $id) { id } }'],
  staffWaitingRoom: ['event', 'query ($id: ID!) { staffWaitingRoom(eventId: $id) { rate } }'],
  promoCodes: ['organizer', 'query ($id: ID!) { promoCodes(organizerId: $id) { edges { node { id } } } }'],
  settlementReport: [
    'event',
    'query ($id: ID!) { settlementReport(eventId: $id) { totals { currencyCode } } }',
  ],
  gates: ['event', 'query ($id: ID!) { gates(eventId: $id) { id } }'],
  gateDevices: ['event', 'query ($id: ID!) { gateDevices(eventId: $id) { id } }'],
  staffMerchandise: [
    'organizer',
    'query ($id: ID!) { staffMerchandise(organizerId: $id) { edges { node { id } } } }',
  ],
  deadLetters: ['organizer', 'query ($id: ID!) { deadLetters(organizerId: $id) { edges { node { id } } } }'],
  staffFulfilments: [
    'organizer',
    'query ($id: ID!) { staffFulfilments(organizerId: $id) { edges { node { id } } } }',
  ],
  staffMerchandiseItem: ['item', 'query ($id: ID!) { staffMerchandiseItem(id: $id) { id } }'],
}

/** Everything that a refused mutation could have touched. */
async function everything() {
  const { prisma } = app
  return {
    events: await prisma.event.findMany({
      where: { organizerId },
      include: { gates: true, schedules: true },
    }),
    items: await prisma.merchandise.findMany({ where: { organizerId }, include: { variants: true } }),
    promos: await prisma.promoCode.findMany({ where: { organizerId } }),
    categories: await prisma.ticketCategory.findMany({ where: { event: { organizerId } } }),
    goods: await prisma.fulfilment.findMany({ where: { organizerId } }),
    devices: await prisma.gateDevice.findMany({ where: { gate: { event: { organizerId } } } }),
    orders: await prisma.order.findMany({ where: { organizerId }, include: { refunds: true } }),

    jobs: await prisma.outbox.findMany({ where: { organizerId } }),
    audit: await prisma.auditEntry.count({ where: { organizerId } }),
  }
}

test('every mutation that a role can lack a permission for is tried here', () => {
  const guarded = Object.values(schema.getMutationType()?.getFields() ?? {})
    .filter(({ type }) => {
      const result = getNamedType(type)
      return isUnionType(result) && result.getTypes().some(({ name }) => name === 'ForbiddenError')
    })
    .map(({ name }) => name)
  expect(Object.keys(mutations).sort()).toEqual(guarded.sort())
})

describe.each(Object.entries(mutations))('%s', (name, [kind, args]) => {
  test.each(['buyer', 'owner'])('does not find a stranger’s object: a %s of elsewhere', async (who) => {
    const before = await everything()
    const answers = await Promise.all(
      [ids[kind], newId(), 'no-id', ''].map((id) => mutate(app, name, args(id ?? ''), strangers[who])),
    )
    for (const { status, body } of answers)
      expect({ status, body }).toEqual({ status: 200, body: answers[1]?.body })
    expect(answers[0]?.body.data.result).toMatchObject({ __typename: 'NotFoundError', code: 'NOT_FOUND' })
    expect(await everything()).toEqual(before)
  })

  test('refuses a guest with 401, whether or not the id exists', async () => {
    for (const id of [ids[kind] ?? '', newId(), 'no-id']) {
      const { status, body } = await mutate(app, name, args(id))
      expect(status).toBe(401)
      expect(body.errors[0].extensions.code).toBe('UNAUTHENTICATED')
    }
  })

  test('refuses gate staff of the same organizer with ForbiddenError', async () => {
    const { token } = await hire(app, 'GATE', organizerId)
    const before = await everything()
    const { body } = await mutate(app, name, args(ids[kind] ?? ''), token)
    expect(body.data.result).toMatchObject({ __typename: 'ForbiddenError', code: 'FORBIDDEN' })
    expect(await everything()).toEqual(before)
  })
})

describe.each(Object.entries(queries))('%s', (name, [kind, document]) => {
  test('finds nothing for strangers, refuses guests and lacking roles', async () => {
    const ask = (id: string | undefined, token?: string) =>
      app.query(document, { id }, token ? { token } : {})
    for (const token of Object.values(strangers)) {
      const foreign = await ask(ids[kind], token)
      expect(foreign.body.errors[0].extensions.code).toBe('NOT_FOUND')
      for (const id of [newId(), 'no-id', '']) expect((await ask(id, token)).body).toEqual(foreign.body)
    }
    expect((await ask(ids[kind])).status).toBe(401)
    const own = await ask(ids[kind], (await hire(app, 'GATE', organizerId)).token)
    expect(own).toMatchObject({ status: 403, body: { errors: [{ extensions: { code: 'FORBIDDEN' } }] } })
    if (name !== 'gates') return
    // Gate staff and scanners read the gates where they work, and nothing of a draft.
    const device = await scanner()
    const unknown = await ask(newId(), device)
    expect(unknown.body.errors[0].extensions.code).toBe('NOT_FOUND')
    expect((await ask(ids[kind], device)).body).toEqual(unknown.body)
    const { event: eventId } = ids
    await app.prisma.event.update({
      where: { id: eventId ?? '' },
      data: { status: 'PUBLISHED', publishedAt: new Date() },
    })
    for (const token of [device, (await hire(app, 'GATE', organizerId)).token])
      expect((await ask(ids[kind], token)).body.data.gates).toEqual([{ id: ids['gate'] }])
    await app.prisma.event.update({
      where: { id: eventId ?? '' },
      data: { status: 'DRAFT', publishedAt: null },
    })
  })
})

/** The token of a scanner at the gate. */
async function scanner(): Promise<string> {
  const token = `kgd_${newId()}`
  const tokenHash = createHash('sha256').update(token).digest()
  await app.prisma.gateDevice.create({
    data: { id: newId(), gateId: ids['gate'] ?? '', name: 'Lain', tokenHash },
  })
  return token
}

test('checkIn answers a foreign gate as an unknown one: to a stranger, to staff of elsewhere, to another scanner', async () => {
  const other = newId()
  await app.prisma.gate.create({ data: { id: other, eventId: ids['event'] ?? '', name: 'Selatan' } })
  const scan = async (gateId: string, token?: string) => {
    const scan = { ticketToken: 'k1.none', gateId }
    const answer = await mutate(app, 'checkIn', { input: scan, idempotencyKey: key() }, token)
    return answer.body
  }
  for (const [token, foreign] of [
    [strangers['buyer'], ids['gate']],
    [strangers['owner'], ids['gate']],
    [await scanner(), other],
  ]) {
    const answers = await Promise.all([foreign ?? '', newId(), 'no-id', ''].map((id) => scan(id, token)))
    expect(answers[0].data.result).toMatchObject({ __typename: 'NotFoundError', path: ['input', 'gateId'] })
    for (const answer of answers) expect(answer).toEqual(answers[1])
  }
})

test('the seeded gate@ account may not write the events of its organizer', async () => {
  const { organizerId: own } = await app.prisma.member.findFirstOrThrow({
    where: { role: 'GATE', account: { email: 'gate@karcis.test' } },
  })
  const token = await app.login('gate@karcis.test')
  const { body } = await mutate(app, 'createEvent', input({ organizerId: own, ...event }), token)
  expect(body.data.result).toMatchObject({
    __typename: 'ForbiddenError',
    message: expect.stringContaining('event.write'),
  })
})
