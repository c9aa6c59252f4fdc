import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { tellGathered } from '../src/modules/events/tell-gathered.ts'
import { startApp, type TestApp } from './setup/app.ts'
import { bought, cancelling, endOrders, staged } from './setup/cancelling.ts'
import { addCategory, addEvent, addItem, inDays } from './setup/catalogue.ts'
import { fulfil, orderedGoods, paidGoods, pendingGoods, scanPickup, statusesOf } from './setup/goods.ts'
import { holding, said } from './setup/holding.ts'
import { expectInvariants } from './setup/oracle.ts'
import { refund } from './setup/refunds.ts'
import { eventually, guest, key, notificationFor, notify, order, statusOf } from './setup/shop.ts'
import { hire, resultOf } from './setup/staff.ts'

let app: TestApp

beforeAll(async () => {
  app = await startApp({ season: true })
})
afterAll(() => app.close())

const jobsOf = (kind: string, eventId: string, where: TestApp = app) =>
  where.prisma.outbox.count({ where: { kind, payload: { path: ['eventId'], equals: eventId } } })

describe('a cancelled event', () => {
  test('is shown as that at once, with the reason, and stays for good', async () => {
    const show = await staged(app)
    const read = async () =>
      (await app.call('EventDetail', { slug: show.event.slug }, { method: 'GET' })).body.data.event.status
    expect(await read()).toBe('PUBLISHED')
    expect(await cancelling(app, show)).toMatchObject({ status: 'CANCELLED', cancelReason: 'Badai' })
    expect(await read()).toBe('CANCELLED')
    const again = await resultOf(app, 'publishEvent', { eventId: show.event.id }, show.owner.token)
    expect(again.__typename).toBe('ValidationError')
  })

  test('sells nothing, holds nothing and has no waiting room any more', async () => {
    const show = await staged(app)
    const item = await addItem(app, show.owner.organizerId, { eventId: show.event.id })
    const merchandise = [{ variantId: item.variants[0]?.id ?? '', quantity: 1 }]
    const { id: holdId } = said(await holding(app, show.category))
    await app.prisma.event.update({ where: { id: show.event.id }, data: { waitingRoomRate: 60 } })
    await cancelling(app, show)
    const placed = await order(app, show.category)
    expect(placed.body.data.createOrder).toMatchObject({ __typename: 'SaleClosedError' })
    const held = await order(app, show.category, { holdId })
    expect(held.body.data.createOrder).toMatchObject({ __typename: 'SaleClosedError' })
    const goods = await order(app, show.category, { tickets: null, merchandise })
    expect(goods.body.data.createOrder).toMatchObject({ __typename: 'SaleClosedError' })
    // Merchandise is the organizer's: it is sold on without the event.
    const cart = { merchandise, buyer: guest() }
    const alone = await app.call('CreateOrder', { input: cart, idempotencyKey: key() })
    expect(alone.body.data.createOrder.__typename).toBe('Order')
    expect(said(await holding(app, show.category)).__typename).toBe('SaleClosedError')
    const room = await app.call('WaitingRoom', { eventId: show.event.id, token: null })
    expect(room.body.data.waitingRoom.state).toBe('INACTIVE')
  })

  test('cancels who has not paid and refunds who has, each once, with stock and tickets', async () => {
    const show = await staged(app)
    const paid = await bought(app, show.category, true)
    const unpaid = await bought(app, show.category, false)
    const free = await addCategory(app, show.event.id, { priceMinor: 0n, position: 1 })
    const gift = (await order(app, free)).body.data.createOrder
    await cancelling(app, show)
    await endOrders(app)
    expect(await statusOf(app, paid.id)).toBe('REFUNDED')
    expect(await statusOf(app, unpaid.id)).toBe('CANCELLED')
    expect(await statusOf(app, gift.id)).toBe('REFUNDED')
    const refunds = await app.prisma.refund.findMany({ where: { order: { eventId: show.event.id } } })
    expect(refunds).toMatchObject([{ orderId: paid.id, amountMinor: 5_000_000n, reason: 'Badai' }])
    const stock = await app.prisma.ticketCategory.findMany({ where: { eventId: show.event.id } })
    expect(stock.map(({ quota, remaining }) => quota - remaining)).toEqual([0, 0])
    await expectInvariants(app.prisma)
  })

  test('refunds what is left of an order of which a part went back before', async () => {
    const show = await staged(app)
    const { id } = await bought(app, show.category, true)
    await refund(app, show.owner.token, id, { amount: '10000' })
    await cancelling(app, show)
    await endOrders(app)
    const given = await app.prisma.refund.findMany({
      where: { orderId: id },
      orderBy: { amountMinor: 'asc' },
    })
    expect(given.map(({ amountMinor }) => amountMinor)).toEqual([1_000_000n, 4_000_000n])
    expect(await statusOf(app, id)).toBe('REFUNDED')
    await expectInvariants(app.prisma)
  })

  test('does not sell again what had left the house', async () => {
    const show = await staged(app)
    const seller = { id: show.owner.organizerId }
    const goods = await paidGoods(app, seller, 2, { eventId: show.event.id })
    const step = { orderId: goods.order.id, step: 'HANDED_OVER', lineIds: goods.lineIds.slice(0, 1) }
    await fulfil(app, show.owner.token, step)
    await cancelling(app, show)
    await endOrders(app)
    expect(await statusOf(app, goods.order.id)).toBe('REFUNDED')
    const stock = await app.prisma.merchandiseVariant.findMany({ where: { id: { in: goods.variants } } })
    expect(goods.variants.map((id) => stock.find((one) => one.id === id)?.remaining)).toEqual([8, 10])
    await expectInvariants(app.prisma)
  })

  test('admits nobody, before its tickets are revoked and after', async () => {
    const show = await staged(app)
    const { id } = await bought(app, show.category, true)
    const ticket = await app.prisma.ticket.findFirstOrThrow({ where: { orderId: id } })
    const gate = { eventId: show.event.id, name: 'Utara', ticketCategoryIds: [show.category.id] }
    const { id: gateId } = await resultOf(app, 'createGate', { input: gate }, show.owner.token)
    await cancelling(app, show)
    const scan = async () => {
      const input = { ticketToken: ticket.token, gateId }
      const answer = await app.call('CheckIn', { input, idempotencyKey: key() }, { token: show.owner.token })
      return answer.body.data.checkIn.code
    }
    expect(await scan()).toBe('TICKET_REVOKED')
    await endOrders(app)
    expect(await scan()).toBe('TICKET_REVOKED')
  })

  test('takes no money and gives out no goods, before the job comes to its orders and after', async () => {
    const show = await staged(app)
    const { token, organizerId } = show.owner
    const seller = { id: organizerId }
    const unpaid = await orderedGoods(app, seller, 1, { eventId: show.event.id })
    const asked = await pendingGoods(app, seller, 1, { eventId: show.event.id })
    const paid = await paidGoods(app, seller, 1, { eventId: show.event.id })
    const { pickupToken } = (await app.call('OrderGoods', paid.order)).body.data.order
    await cancelling(app, show)
    const pay = async ({ order: { id: orderId, accessToken } }: typeof unpaid) => {
      const input = { orderId, accessToken, method: 'QRIS' }
      const answer = await app.call('PayOrder', { input, idempotencyKey: key() })
      return answer.body.data.payOrder
    }
    const ended = (state: string) => ({
      code: 'ORDER_STATE',
      message: expect.stringContaining(`is ${state};`),
    })
    const refused = async () => {
      const step = { orderId: paid.order.id, step: 'HANDED_OVER' }
      expect(await pay(unpaid)).toMatchObject(ended('CANCELLED'))
      expect(await pay(asked)).toMatchObject(ended('CANCELLED'))
      expect(await fulfil(app, token, step)).toMatchObject({ orderStatus: 'REFUNDED' })
      expect(await scanPickup(app, pickupToken, token)).toMatchObject(ended('REFUNDED'))
    }
    await refused()
    await endOrders(app)
    await refused()
    expect(await app.prisma.payment.count({ where: { orderId: unpaid.order.id } })).toBe(0)
    expect(await statusesOf(app, paid.lineIds)).toEqual(['UNFULFILLED'])
    await expectInvariants(app.prisma)
  })

  test('gives back money that arrives later, of an order that waited and of one that had expired', async () => {
    const show = await staged(app)
    const [waiting, late] = [await bought(app, show.category, false), await bought(app, show.category, false)]
    await cancelling(app, show)
    expect((await notify(app, notificationFor(waiting.payment, 'settlement'))).status).toBe(200)
    await endOrders(app)
    expect((await notify(app, notificationFor(late.payment, 'settlement'))).status).toBe(200)
    for (const { id } of [waiting, late]) {
      expect(await statusOf(app, id)).toBe('CANCELLED')
      expect(await app.prisma.refund.count({ where: { orderId: id, amountMinor: 5_000_000n } })).toBe(1)
      expect(await app.prisma.ticket.count({ where: { orderId: id } })).toBe(0)
    }
    await expectInvariants(app.prisma)
  })
})

test('an event is called off once, whoever asks how often; a replay has the same answer', async () => {
  const show = await staged(app)
  const once = key()
  const first = await cancelling(app, show, once)
  expect(await cancelling(app, show, once)).toEqual(first)
  expect((await cancelling(app, show, once, 'Banjir')).__typename).toBe('IdempotencyConflictError')
  expect(await cancelling(app, show, key(), 'Banjir')).toMatchObject({ cancelReason: 'Badai' })
  expect(await jobsOf('event.cancelled', show.event.id)).toBe(1)
  expect(await jobsOf('call-off-orders', show.event.id)).toBe(1)
  const trail = await app.prisma.auditEntry.findMany({ where: { targetId: show.event.id } })
  expect(trail).toMatchObject([{ action: 'event.cancel', data: { cancelReason: 'Badai' } }])
  await endOrders(app)
})

test('only a published event is called off, with a reason in one line', async () => {
  const show = await staged(app)
  for (const reason of ['', '  ', 'a\nb', '\0', 'x'.repeat(501)])
    expect((await cancelling(app, show, key(), reason)).path).toEqual(['reason'])
  const draft = await addEvent(app, show.owner.organizerId, { status: 'DRAFT', publishedAt: null })
  expect((await cancelling(app, { ...show, event: draft })).path).toEqual(['eventId'])
})

test('an order that cannot be ended keeps no other waiting, and is ended once it can be', async () => {
  const show = await staged(app, { priceMinor: 0n })
  const ids: string[] = []
  for (let n = 0; n < 3; n++) ids.push((await order(app, show.category)).body.data.createOrder.id)
  const [first, poison = '', last] = ids
  await app.prisma.$executeRawUnsafe(
    `ALTER TABLE "order" ADD CONSTRAINT test_poison CHECK (id <> '${poison}' OR status <> 'REFUNDED') NOT VALID`,
  )
  await cancelling(app, show)
  await expect(endOrders(app)).rejects.toThrow('cannot be ended')
  expect(await Promise.all([first, poison, last].map((id) => statusOf(app, id ?? '')))).toEqual([
    'REFUNDED',
    'PAID',
    'REFUNDED',
  ])
  await app.prisma.$executeRawUnsafe('ALTER TABLE "order" DROP CONSTRAINT test_poison')
  await endOrders(app)
  expect(await statusOf(app, poison)).toBe('REFUNDED')
  await expectInvariants(app.prisma)
})

test('with a job process all of it happens by itself, and the money goes back', async () => {
  const working = await startApp({ season: true, jobs: true })
  try {
    const show = await staged(working)
    const { id, payment } = await bought(working, show.category, true)
    await cancelling(working, show)
    await eventually(async () => {
      const { status } = await working.prisma.payment.findUniqueOrThrow({ where: { id: payment.id } })
      return status === 'REFUNDED'
    })
    expect(await statusOf(working, id)).toBe('REFUNDED')
    await eventually(
      async () =>
        (await working.prisma.outbox.count({ where: { kind: 'call-off-orders', closedAt: null } })) === 0,
    )
    await expectInvariants(working.prisma)
  } finally {
    await working.close()
  }
})

describe('who has a ticket is told of a change', () => {
  const update = async (show: Awaited<ReturnType<typeof staged>>, values: object) =>
    // A token of its own each time: tests let more time pass than one is good for.
    resultOf(
      app,
      'updateEvent',
      { input: { id: show.event.id, ...values } },
      (await hire(app, 'OWNER', show.owner.organizerId)).token,
    )

  const openOf = (show: Awaited<ReturnType<typeof staged>>) =>
    app.prisma.eventChange.findMany({ where: { eventId: show.event.id, closedAt: null } })

  test('of name, place and time, once for all edits until it is quiet', async () => {
    const show = await staged(app)
    for (const values of [
      { title: 'Malam Jazz' },
      { venue: 'Gedung Baru', city: 'Solo' },
      { endsAt: inDays(40) },
    ]) {
      await update(show, values)
      app.clock.advance(540)
      await tellGathered(app.app.deps)
    }
    expect(await jobsOf('event.changed', show.event.id)).toBe(0)
    const rows = await openOf(show)
    expect(rows.map(({ before }) => before)).toEqual([expect.objectContaining({ title: show.event.title })])
    app.clock.advance(61)
    await Promise.all([1, 2, 3, 4].map(() => tellGathered(app.app.deps)))
    await tellGathered(app.app.deps)
    expect(await jobsOf('event.changed', show.event.id)).toBe(1)
  })

  test('an hour after the first edit though nobody stops to edit', async () => {
    const show = await staged(app)
    for (let edit = 0; edit < 8; edit++) {
      await update(show, { title: `Judul ${edit}` })
      app.clock.advance(500)
      await tellGathered(app.app.deps)
    }
    expect(await jobsOf('event.changed', show.event.id)).toBe(1)
  })

  test('sooner where it begins within a day', async () => {
    const show = await staged(app)
    await update(show, { startsAt: new Date(app.clock.now().getTime() + 7_200_000) })
    app.clock.advance(121)
    await tellGathered(app.app.deps)
    expect(await jobsOf('event.changed', show.event.id)).toBe(1)
  })

  test('of a schedule as well', async () => {
    const show = await staged(app)
    const times = { startsAt: inDays(30), endsAt: inDays(30.5) }
    const input = { eventId: show.event.id, name: 'Hari 1', ...times }
    const { id } = await resultOf(app, 'createSchedule', { input }, show.owner.token)
    const move = (values: object) =>
      resultOf(app, 'updateSchedule', { input: { id, ...values } }, show.owner.token)
    await move({ startsAt: inDays(30.2) })
    await move({ name: 'Hari 1' })
    expect(await openOf(show)).toHaveLength(1)
  })

  test('but of no other words, and of nothing in a draft, an event that is over or one that is called off', async () => {
    const show = await staged(app)
    await update(show, { description: 'Baru', tags: ['jazz'], maxPerBuyer: 4 })
    const { id } = show.event
    expect(await openOf(show)).toHaveLength(0)
    await app.prisma.event.update({ where: { id }, data: { status: 'DRAFT', publishedAt: null } })
    await update(show, { title: 'Satu' })
    const over = {
      startsAt: inDays(-3),
      endsAt: inDays(-2),
      status: 'PUBLISHED',
      publishedAt: inDays(-9),
    } as const
    await app.prisma.event.update({ where: { id }, data: over })
    await update(show, { title: 'Dua' })
    expect(await openOf(show)).toHaveLength(0)
    // Put off to a later day it takes place after all.
    await update(show, { startsAt: inDays(5), endsAt: inDays(6) })
    expect(await openOf(show)).toHaveLength(1)
    await cancelling(app, show)
    await update(show, { title: 'Tiga' })
    expect(await openOf(show)).toHaveLength(1)
    await endOrders(app)
  })
})
