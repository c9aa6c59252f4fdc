import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newId } from '../src/platform/ids.ts'
import { startApp, type TestApp } from './setup/app.ts'
import { addCategory, addEvent, addItem } from './setup/catalogue.ts'
import { fulfil, orderedGoods, paidGoods, statusesOf } from './setup/goods.ts'
import { expectInvariants } from './setup/oracle.ts'
import { refund } from './setup/refunds.ts'
import { guest, key, notificationFor, notify } from './setup/shop.ts'
import { hire } from './setup/staff.ts'
import { statementsOf } from './setup/statements.ts'

let app: TestApp
let owner: Awaited<ReturnType<typeof hire>>
let organizer: { id: string }

beforeAll(async () => {
  app = await startApp({ season: true })
  owner = await hire(app, 'OWNER')
  organizer = { id: owner.organizerId }
})
afterAll(() => app.close())

const parcel = { step: 'SHIPPED', carrier: 'JNE', trackingNumber: 'JP123456' }
const move = (orderId: string, input: object, token = owner.token) =>
  fulfil(app, token, { orderId, ...input })

const BUYER = `query ($id: ID!, $accessToken: String) { order(id: $id, accessToken: $accessToken) {
  lines { kind fulfilment { status carrier trackingNumber packedAt deliveredAt } } } }`

async function seenByBuyer({ id, accessToken }: { id: string; accessToken: string }) {
  const { body } = await app.query(BUYER, { id, accessToken })
  return body.data.order.lines.map((line: { fulfilment: unknown }) => line.fulfilment)
}

describe('the way of goods', () => {
  test('leads from the payment by packing to a carrier, and the buyer sees each step', async () => {
    const { order } = await paidGoods(app, organizer)
    expect(await seenByBuyer(order)).toMatchObject([{ status: 'UNFULFILLED', packedAt: null }])
    expect(await move(order.id, { step: 'PACKED' })).toMatchObject({
      __typename: 'Order',
      lines: [{ fulfilment: { status: 'PACKED', carrier: null } }],
    })
    await move(order.id, parcel)
    expect(await seenByBuyer(order)).toEqual([
      {
        status: 'SHIPPED',
        carrier: 'JNE',
        trackingNumber: 'JP123456',
        packedAt: expect.any(String),
        deliveredAt: expect.any(String),
      },
    ])
  })

  test('may differ from line to line, each going as a whole', async () => {
    const { order, lineIds } = await paidGoods(app, organizer, 3)
    await move(order.id, { step: 'HANDED_OVER', lineIds: lineIds.slice(0, 1) })
    await move(order.id, { ...parcel, lineIds: lineIds.slice(1, 2) })
    expect(await statusesOf(app, lineIds)).toEqual(['HANDED_OVER', 'SHIPPED', 'UNFULFILLED'])
    await move(order.id, { step: 'PACKED' })
    expect(await statusesOf(app, lineIds)).toEqual(['HANDED_OVER', 'SHIPPED', 'PACKED'])
  })

  test('never leads back, and a refused step moves no line', async () => {
    const { order, lineIds } = await paidGoods(app, organizer, 2)
    await move(order.id, { ...parcel, lineIds: lineIds.slice(0, 1) })
    for (const step of ['PACKED', 'HANDED_OVER']) {
      expect(await move(order.id, { step, lineIds })).toMatchObject({
        __typename: 'FulfilmentStateError',
        lineId: lineIds[0],
        fulfilment: 'SHIPPED',
      })
    }
    expect(await statusesOf(app, lineIds)).toEqual(['SHIPPED', 'UNFULFILLED'])
    await move(order.id, parcel)
    expect(await move(order.id, { step: 'PACKED' })).toMatchObject({ __typename: 'FulfilmentStateError' })
  })

  test('a repeated step changes nothing and leaves no second trace; another tracking number is refused', async () => {
    const { order, lineIds } = await paidGoods(app, organizer)
    const trail = () => app.prisma.auditEntry.findMany({ where: { targetId: order.id } })
    await move(order.id, parcel)
    const before = await app.prisma.fulfilment.findMany({ where: { id: { in: lineIds } } })
    app.clock.advance(60)
    expect((await move(order.id, parcel)).__typename).toBe('Order')
    expect(await app.prisma.fulfilment.findMany({ where: { id: { in: lineIds } } })).toEqual(before)
    expect(await trail()).toMatchObject([
      { action: 'order.ship', actorId: owner.id, data: { lineIds, trackingNumber: 'JP123456' } },
    ])
    const other = await move(order.id, { ...parcel, trackingNumber: 'JP654321' })
    expect(other.__typename).toBe('FulfilmentStateError')
  })

  test('a replay gives the answer of then, whatever has become of the goods', async () => {
    const { order } = await paidGoods(app, organizer)
    const idempotencyKey = key()
    const input = { orderId: order.id, step: 'PACKED' }
    const first = await fulfil(app, owner.token, input, idempotencyKey)
    await move(order.id, { step: 'HANDED_OVER' })
    expect(await fulfil(app, owner.token, input, idempotencyKey)).toEqual(first)
    const other = await fulfil(app, owner.token, { ...input, step: 'HANDED_OVER' }, idempotencyKey)
    expect(other.__typename).toBe('IdempotencyConflictError')
  })

  test('an order that costs nothing is on the list at once, and its replay says so for ever', async () => {
    const item = await addItem(app, organizer.id, { minPriceMinor: 0n })
    const document = `mutation ($input: CreateOrderInput!, $idempotencyKey: String!) {
      createOrder(input: $input, idempotencyKey: $idempotencyKey) {
        ... on Order { id status lines { id fulfilment { status } } } } }`
    const cart = { merchandise: [{ variantId: item.variants[0]?.id, quantity: 1 }], buyer: guest() }
    const ask = { input: cart, idempotencyKey: key() }
    const placed = (await app.query(document, ask)).body.data.createOrder
    expect(placed).toMatchObject({ status: 'PAID', lines: [{ fulfilment: { status: 'UNFULFILLED' } }] })
    await move(placed.id, { step: 'HANDED_OVER' })
    expect((await app.query(document, ask)).body.data.createOrder).toEqual(placed)
  })
})

describe('nothing leaves the house', () => {
  test('of an order that is not paid, was cancelled or has expired', async () => {
    const unpaid = await orderedGoods(app, organizer)
    expect(await move(unpaid.order.id, parcel)).toMatchObject({ orderStatus: 'PENDING_PAYMENT' })
    const { id: orderId, accessToken } = unpaid.order
    await app.call('CancelOrder', { input: { orderId, accessToken }, idempotencyKey: key() })
    expect(await move(orderId, parcel)).toMatchObject({ orderStatus: 'CANCELLED' })
    expect(await seenByBuyer(unpaid.order)).toEqual([null])
    const late = await orderedGoods(app, organizer)
    await app.prisma.order.update({ where: { id: late.order.id }, data: { expiresAt: new Date(0) } })
    await app.prisma.$executeRaw`
      UPDATE "order" SET status = 'EXPIRED', released_at = now(), due_at = NULL WHERE id = ${late.order.id}::uuid`
    expect(await move(late.order.id, parcel)).toMatchObject({ orderStatus: 'EXPIRED' })
    await app.prisma.orderLine.deleteMany({ where: { orderId: late.order.id } })
    await app.prisma.order.delete({ where: { id: late.order.id } })
    await app.prisma.merchandiseVariant.updateMany({
      where: { id: { in: late.variants } },
      data: { remaining: 10 },
    })
    await expectInvariants(app.prisma)
  })

  test('of an order whose money the bank took back; what had left is not for sale again', async () => {
    const { order, payment, variants, lineIds } = await paidGoods(app, organizer, 2)
    await move(order.id, { step: 'HANDED_OVER', lineIds: lineIds.slice(0, 1) })
    await notify(app, notificationFor(payment, 'deny'))
    expect(await move(order.id, { step: 'HANDED_OVER' })).toMatchObject({ orderStatus: 'REFUNDED' })
    expect(await statusesOf(app, lineIds)).toEqual(['HANDED_OVER', 'UNFULFILLED'])
    const stock = await app.prisma.merchandiseVariant.findMany({ where: { id: { in: variants } } })
    expect(variants.map((id) => stock.find((one) => one.id === id)?.remaining)).toEqual([8, 10])
    await expectInvariants(app.prisma)
  })

  test('of a line whose money was given back', async () => {
    const { order, lineIds } = await paidGoods(app, organizer, 2)
    const [back = '', kept] = lineIds
    const { token } = await hire(app, 'FINANCE', organizer.id)
    const given = await refund(app, token, order.id, { lines: [{ lineId: back, quantity: 2 }] })
    expect(given.status).toBe('PARTIALLY_REFUNDED')
    expect(await move(order.id, { step: 'PACKED', lineIds: [back] })).toMatchObject({
      __typename: 'ValidationError',
      path: ['input', 'lineIds', '0'],
    })
    await move(order.id, { step: 'PACKED' })
    expect(await statusesOf(app, [back, kept ?? ''])).toEqual(['UNFULFILLED', 'PACKED'])
  })

  test('of an order without merchandise, or by a line of another order', async () => {
    const { order } = await paidGoods(app, organizer)
    const { lineIds } = await paidGoods(app, organizer)
    for (const wrong of [lineIds, [newId()], ['x'], []]) {
      expect(await move(order.id, { step: 'PACKED', lineIds: wrong })).toMatchObject({
        __typename: 'ValidationError',
      })
    }
    const event = await addEvent(app, organizer.id)
    const { id } = await addCategory(app, event.id, { priceMinor: 0n })
    const tickets = [{ ticketCategoryId: id, quantity: 1 }]
    const cart = { eventId: event.id, tickets, buyer: guest() }
    const free = await app.call('CreateOrder', { input: cart, idempotencyKey: key() })
    const none = await move(free.body.data.createOrder.id, { step: 'PACKED' })
    expect(none.__typename).toBe('ValidationError')
  })
})

test('a parcel has a carrier and a number in one line each, and nothing else has', async () => {
  const { order } = await paidGoods(app, organizer)
  const wrong = [
    { step: 'SHIPPED' },
    { ...parcel, carrier: ' ' },
    { ...parcel, trackingNumber: 'a\nb' },
    { ...parcel, trackingNumber: 'x'.repeat(101) },
    { step: 'PACKED', carrier: 'JNE' },
    { step: 'HANDED_OVER', trackingNumber: '1' },
  ]
  for (const input of wrong) expect((await move(order.id, input)).__typename).toBe('ValidationError')
})

test('support packs but sets no prices; finance and gate staff do not pack', async () => {
  const { order } = await paidGoods(app, organizer)
  for (const role of ['FINANCE', 'GATE'] as const) {
    const { token } = await hire(app, role, organizer.id)
    expect((await move(order.id, { step: 'PACKED' }, token)).__typename).toBe('ForbiddenError')
  }
  const support = await hire(app, 'SUPPORT', organizer.id)
  expect((await move(order.id, { step: 'PACKED' }, support.token)).__typename).toBe('Order')
})

describe('the packing list', () => {
  const LIST = `query ($organizerId: ID!, $eventId: ID, $status: FulfilmentStatus!, $first: Int, $after: String) {
    staffFulfilments(organizerId: $organizerId, eventId: $eventId, status: $status, first: $first, after: $after) {
      edges { node { id status orderId orderNumber buyerName buyerEmail name quantity } }
      pageInfo { hasNextPage endCursor } } }`

  async function list(organizerId: string, variables: object = {}, token = owner.token) {
    const { body } = await app.query(LIST, { organizerId, status: 'UNFULFILLED', ...variables }, { token })
    expect(body.errors, JSON.stringify(body)).toBeUndefined()
    return body.data.staffFulfilments
  }
  const idsIn = (page: { edges: { node: { id: string } }[] }) => page.edges.map(({ node }) => node.id)

  test('has what is paid, oldest first, page by page, and only that', async () => {
    const seller = await hire(app, 'MANAGER')
    const own = { id: seller.organizerId }
    const wanted: string[] = []
    for (let n = 0; n < 5; n++) wanted.push(...(await paidGoods(app, own, 2)).lineIds)
    await orderedGoods(app, own)
    const reversed = await paidGoods(app, own)
    await notify(app, notificationFor(reversed.payment, 'deny'))
    const seen: string[] = []
    for (let after: string | null = null; ; ) {
      const page = await list(own.id, { first: 3, after }, seller.token)
      seen.push(...idsIn(page))
      if (!page.pageInfo.hasNextPage) break
      after = page.pageInfo.endCursor
    }
    expect(seen).toEqual(wanted)
    const [first] = (await list(own.id, {}, seller.token)).edges
    expect(first.node).toMatchObject({ name: 'Kaos – M', quantity: 2, buyerName: 'Budi Santoso' })
    await move(first.node.orderId, { step: 'PACKED' }, seller.token)
    expect(idsIn(await list(own.id, {}, seller.token))).toEqual(wanted.slice(2))
    expect(idsIn(await list(own.id, { status: 'PACKED' }, seller.token))).toEqual(wanted.slice(0, 2))
  })

  test('of one event has only its orders; of another organizer’s event, nothing', async () => {
    const event = await addEvent(app, organizer.id)
    const category = await addCategory(app, event.id)
    const tickets = [{ ticketCategoryId: category.id, quantity: 1 }]
    const { lineIds } = await paidGoods(app, organizer, 1, { eventId: event.id, tickets })
    expect(idsIn(await list(organizer.id, { eventId: event.id }))).toEqual(lineIds)
    const foreign = await addEvent(app, (await hire(app, 'OWNER')).organizerId)
    for (const eventId of [foreign.id, newId(), 'x'])
      expect(idsIn(await list(organizer.id, { eventId }))).toEqual([])
  })

  test('costs as many statements for twenty rows as for one', async () => {
    for (let n = 0; n < 3; n++) await paidGoods(app, organizer, 3)
    const one = await statementsOf(() => list(organizer.id, { first: 1 }))
    const many = await statementsOf(() => list(organizer.id, { first: 20 }))
    expect(many.length).toBe(one.length)
  })
})
