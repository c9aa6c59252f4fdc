// How much one buyer may have, through HTTP (I9).
import { readFile } from 'node:fs/promises'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { emailKey, phoneKey } from '../src/modules/orders/buyer-keys.ts'
import { newId } from '../src/platform/ids.ts'
import { startApp, type TestApp } from './setup/app.ts'
import { addCategory, addEvent, addItem } from './setup/catalogue.ts'
import { sweep } from './setup/expiry.ts'
import { expectInvariants } from './setup/oracle.ts'
import { buy, cartOf, newSale, someone } from './setup/promo.ts'
import { key, notificationFor, notify, statusOf } from './setup/shop.ts'
import { hire, resultOf, signUp } from './setup/staff.ts'

let app: TestApp

beforeAll(async () => {
  app = await startApp()
})
afterAll(() => app.close())

const exceeded = (limit: number, path: string) => ({
  __typename: 'LimitExceededError',
  code: 'LIMIT_EXCEEDED',
  limit,
  rule: 'PER_BUYER',
  path: path.split('.'),
})
const QUANTITY = 'input.tickets.0.quantity'
const placed = { __typename: 'Order' }

async function charge(order: { id: string; accessToken: string }) {
  const input = { orderId: order.id, accessToken: order.accessToken, method: 'QRIS' }
  const { body } = await app.call('PayOrder', { input, idempotencyKey: key() })
  const payment = await app.prisma.payment.findUniqueOrThrow({ where: { id: body.data.payOrder.id } })
  return { id: payment.id, amount: { minor: payment.amountMinor, currencyCode: payment.currencyCode } }
}

describe('one buyer', () => {
  test('has at most so many of a category over all orders, and others are not kept from it', async () => {
    const { regular, vip } = await newSale(app, {}, { maxPerBuyer: 4 })
    const buyer = someone()
    expect(await buy(app, { ...cartOf(regular, 3), buyer })).toMatchObject(placed)
    expect(await buy(app, { ...cartOf(regular, 2), buyer })).toMatchObject(exceeded(4, QUANTITY))
    expect(await buy(app, { ...cartOf(regular, 1), buyer })).toMatchObject(placed)
    expect(await buy(app, { ...cartOf(regular, 1), buyer })).toMatchObject(exceeded(4, QUANTITY))
    expect(await buy(app, { ...cartOf(vip, 4), buyer })).toMatchObject(placed)
    expect(await buy(app, cartOf(regular, 4))).toMatchObject(placed)
    expect(await buy(app, cartOf(regular, 5))).toMatchObject(exceeded(4, QUANTITY))
    await expectInvariants(app.prisma)
  })

  test('is the same however the e-mail and the phone are written', async () => {
    const { regular } = await newSale(app, {}, { maxPerBuyer: 1 })
    const { email, ...buyer } = someone()
    const phone = `0812${Math.floor(Math.random() * 1e7)}`.padEnd(11, '5')
    expect(await buy(app, { ...cartOf(regular), buyer: { ...buyer, email, phone } })).toMatchObject(placed)
    const [person, domain] = email.split('@')
    for (const typed of [`${person}\u200b@${domain}`, `${person}＠${domain}`, `\u202a${email.toUpperCase()}`])
      expect(await buy(app, { ...cartOf(regular), buyer: { ...buyer, email: typed } }), typed).toMatchObject(
        exceeded(1, QUANTITY),
      )
    const local = phone.slice(1)
    for (const typed of [
      `+0${local}`,
      `+62 (0)${local}`,
      `+62(0) ${local}`,
      `\u202a+62${local}\u202c`,
      `0${local.replace('2', '2.')}`,
    ])
      expect(
        await buy(app, { ...cartOf(regular), buyer: { ...someone(), phone: typed } }),
        typed,
      ).toMatchObject(exceeded(1, QUANTITY))
  })

  test('has at most so many tickets of an event, of all categories together', async () => {
    const { event, regular, vip } = await newSale(app, { maxPerBuyer: 3 })
    const buyer = someone()
    expect(await buy(app, { ...cartOf(regular, 2), buyer })).toMatchObject(placed)
    expect(await buy(app, { ...cartOf(vip, 2), buyer })).toMatchObject(exceeded(3, 'input.tickets'))
    const tickets = [regular, vip].map(({ id }) => ({ ticketCategoryId: id, quantity: 2 }))
    expect(await buy(app, { eventId: event.id, tickets })).toMatchObject(exceeded(3, 'input.tickets'))
    const elsewhere = await addCategory(app, (await addEvent(app, event.organizerId)).id)
    expect(await buy(app, { ...cartOf(elsewhere, 4), buyer })).toMatchObject(placed)
    expect(await buy(app, { ...cartOf(vip, 1), buyer })).toMatchObject(placed)
    await expectInvariants(app.prisma)
  })

  test('has at most so many of a variant, with tickets or without', async () => {
    const { organizer, regular } = await newSale(app)
    const item = await addItem(app, organizer.id, {}, { maxPerBuyer: 2, maxPerOrder: 10 })
    const merchandise = (quantity: number) => [{ variantId: item.variants[0]?.id, quantity }]
    const buyer = someone()
    expect(await buy(app, { ...cartOf(regular), merchandise: merchandise(1), buyer })).toMatchObject(placed)
    expect(await buy(app, { merchandise: merchandise(2), buyer })).toMatchObject(
      exceeded(2, 'input.merchandise.0.quantity'),
    )
    expect(await buy(app, { merchandise: merchandise(1), buyer })).toMatchObject(placed)
    expect(await buy(app, { ...cartOf(regular), merchandise: merchandise(1), buyer })).toMatchObject(
      exceeded(2, 'input.merchandise.0.quantity'),
    )
    await expectInvariants(app.prisma)
  })

  test('is told of the limit an order as well, by its rule', async () => {
    const { regular } = await newSale(app, {}, { maxPerOrder: 2, maxPerBuyer: 4 })
    expect(await buy(app, cartOf(regular, 3))).toMatchObject({ limit: 2, rule: 'PER_ORDER' })
  })

  test('is known by account, e-mail, phone and device, and what shares any of them counts together', async () => {
    const { regular } = await newSale(app, {}, { maxPerBuyer: 2 })
    const { token } = await signUp(app)
    const deviceId = `device-${newId()}`
    const first = { ...someone(), phone: '081298765432' }
    expect(await buy(app, { ...cartOf(regular), deviceId, buyer: first }, { token })).toMatchObject(placed)
    const two = cartOf(regular, 2)
    const [person, domain] = first.email.split('@')
    const same: [object, { token?: string }?][] = [
      [{ ...two, buyer: someone() }, { token }],
      [{ ...two, buyer: { ...someone(), email: first.email.toUpperCase() } }],
      [{ ...two, buyer: { ...someone(), email: `${person}+dua@${domain}` } }],
      [{ ...two, buyer: { ...someone(), phone: '+62 812-9876-5432' } }],
      [{ ...two, deviceId }],
    ]
    for (const [input, options] of same)
      expect(await buy(app, input, options)).toMatchObject(exceeded(2, QUANTITY))
    // One who shares an e-mail with one order and a device with another has both.
    const other = someone()
    expect(await buy(app, { ...cartOf(regular), buyer: other })).toMatchObject(placed)
    expect(await buy(app, { ...cartOf(regular), buyer: other, deviceId })).toMatchObject(
      exceeded(2, QUANTITY),
    )
    expect(await buy(app, two)).toMatchObject(placed)
    await expectInvariants(app.prisma)
  })

  test('gets the units of cancelled, expired and reversed orders back', async () => {
    const { regular } = await newSale(app, { maxPerBuyer: 2 }, { maxPerBuyer: 2 })
    const buyer = someone()
    const cart = { ...cartOf(regular, 2), buyer }
    const cancelled = await buy(app, cart)
    await app.call('CancelOrder', {
      input: { orderId: cancelled.id, accessToken: cancelled.accessToken },
      idempotencyKey: key(),
    })
    expect(await buy(app, cart)).toMatchObject(placed)
    app.clock.advance(16 * 60)
    await sweep(app)
    const paid = await buy(app, cart)
    const payment = await charge(paid)
    await notify(app, notificationFor(payment, 'settlement'))
    expect(await buy(app, cart)).toMatchObject(exceeded(2, QUANTITY))
    await notify(app, notificationFor(payment, 'deny', { status_code: '202', fraud_status: undefined }))
    await notify(app, notificationFor(payment, 'deny', { fraud_status: undefined }))
    expect(await statusOf(app, paid.id)).toBe('REFUNDED')
    expect(await buy(app, cart)).toMatchObject(placed)
    await expectInvariants(app.prisma)
  })

  test('who ordered again and then pays the expired order late is refunded', async () => {
    const { regular } = await newSale(app, {}, { maxPerBuyer: 2 })
    const cart = { ...cartOf(regular, 2), buyer: someone() }
    const late = await buy(app, cart)
    const payment = await charge(late)
    app.clock.advance(16 * 60)
    await sweep(app)
    expect(await buy(app, cart)).toMatchObject(placed)
    await notify(app, notificationFor(payment, 'settlement'))
    expect(await statusOf(app, late.id)).toBe('EXPIRED')
    expect(await app.prisma.refund.count({ where: { paymentId: payment.id } })).toBe(1)
    await expectInvariants(app.prisma)
  })

  test('who did not order again has the late payment taken', async () => {
    const { regular } = await newSale(app, { maxPerBuyer: 2 }, { maxPerBuyer: 2 })
    const late = await buy(app, cartOf(regular, 2))
    const payment = await charge(late)
    app.clock.advance(16 * 60)
    await sweep(app)
    await notify(app, notificationFor(payment, 'settlement'))
    expect(await statusOf(app, late.id)).toBe('PAID')
    await expectInvariants(app.prisma)
  })

  test('counts also what was bought before the limit was set', async () => {
    const { regular } = await newSale(app)
    const buyer = someone()
    expect(await buy(app, { ...cartOf(regular, 3), buyer })).toMatchObject(placed)
    await app.prisma.ticketCategory.update({ where: { id: regular.id }, data: { maxPerBuyer: 3 } })
    expect(await buy(app, { ...cartOf(regular), buyer })).toMatchObject(exceeded(3, QUANTITY))
  })

  test('replays an order that reached the limit', async () => {
    const { regular } = await newSale(app, {}, { maxPerBuyer: 1 })
    const input = { ...cartOf(regular), buyer: someone() }
    const options = { key: key() }
    const first = await buy(app, input, options)
    expect(first).toMatchObject(placed)
    expect(await buy(app, input, options)).toEqual(first)
  })
})

test.each([
  'short',
  'x'.repeat(129),
  'perangkat-saya dengan spasi',
  `device-\u0000-000000000`,
  "' OR 1=1 -- 0000000",
])('a device id is bounded: %j is refused', async (deviceId) => {
  const { regular } = await newSale(app)
  expect(await buy(app, { ...cartOf(regular), deviceId })).toMatchObject({
    __typename: 'ValidationError',
    path: ['input', 'deviceId'],
  })
})

test('staff set and clear the limits, and everybody sees them', async () => {
  const { organizerId, token } = await hire(app, 'OWNER')
  const event = await addEvent(app, organizerId)
  const category = await addCategory(app, event.id)
  const item = await addItem(app, organizerId, { eventId: event.id })
  const variantId = item.variants[0]?.id
  const set = (name: string, id: string | undefined, maxPerBuyer: number | null) =>
    resultOf(app, name, { input: { id, maxPerBuyer } }, token)
  const all = async (limit: number | null) => [
    await set('updateEvent', event.id, limit),
    await set('updateTicketCategory', category.id, limit),
    await set('updateMerchandiseVariant', variantId, limit),
  ]
  const shown = async () => {
    const { body } = await app.query(
      `query ($slug: String!) { event(slug: $slug) {
        maxPerBuyer ticketCategories { maxPerBuyer } merchandise { variants { maxPerBuyer } } } }`,
      { slug: event.slug },
    )
    return body.data.event
  }
  for (const wrong of [0, -1, 1_001]) {
    for (const result of await all(wrong)) {
      expect(result).toMatchObject({ __typename: 'ValidationError', path: ['input', 'maxPerBuyer'] })
    }
  }
  for (const limit of [4, null]) {
    for (const result of await all(limit)) expect(result.id).toBeDefined()
    expect(await shown()).toEqual({
      maxPerBuyer: limit,
      ticketCategories: [{ maxPerBuyer: limit }],
      merchandise: [{ variants: [{ maxPerBuyer: limit }] }],
    })
  }
})

// But for +0…, which is read as 0… since.
test('the migration gives orders from before the same keys as the app', async () => {
  const { regular } = await newSale(app)
  const people = fc
    .sample(
      fc.record({
        email: fc
          .tuple(
            fc.stringMatching(/^[a-z0-9+.]{1,12}$/),
            fc.constantFrom('karcis.test', 'gmail.com', 'googlemail.com'),
          )
          .map(([person, domain]) => `${person}@${domain}`),
        phone: fc.option(fc.stringMatching(/^(\+[1-9]|00|0|8|62|\+620)[0-9]{8,10}$/)),
      }),
      200,
    )
    .map(({ email, phone }) => ({ email, phone }))
  const first = await buy(app, cartOf(regular))
  const order = await app.prisma.order.findUniqueOrThrow({ where: { id: first.id } })
  await app.prisma.order.createMany({
    data: people.map(({ email, phone }) => ({
      ...order,
      id: newId(),
      number: newId(),
      status: 'CANCELLED' as const,
      releasedAt: new Date(),
      buyerEmail: email,
      buyerPhone: phone,
      buyerEmailKey: null,
    })),
  })
  const migration = await readFile('prisma/migrations/20261121100000_buyer_limits/migration.sql', 'utf8')
  const [update] = /UPDATE "order"[^;]+;/.exec(migration) ?? []
  if (!update) throw new Error('The migration fills no keys.')
  await app.prisma.$executeRawUnsafe(update)
  const filled = await app.prisma.order.findMany({
    where: { status: 'CANCELLED', organizerId: order.organizerId },
  })
  expect(filled).toHaveLength(200)
  for (const row of filled) {
    expect([row.buyerEmail, row.buyerEmailKey]).toEqual([row.buyerEmail, emailKey(row.buyerEmail)])
    expect([row.buyerPhone, row.buyerPhoneKey]).toEqual([row.buyerPhone, phoneKey(row.buyerPhone)])
  }
})
