import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { orderAccessToken } from '../src/modules/orders/access-token.ts'
import { newId } from '../src/platform/ids.ts'
import { startApp, type TestApp } from './setup/app.ts'
import { addCategory, addEvent } from './setup/catalogue.ts'
import { fulfil, orderedGoods, paidGoods, scanPickup, statusesOf } from './setup/goods.ts'
import { expectInvariants } from './setup/oracle.ts'
import { key, notificationFor, notify } from './setup/shop.ts'
import { hire, resultOf } from './setup/staff.ts'

let app: TestApp
let owner: Awaited<ReturnType<typeof hire>>
let organizer: { id: string }

beforeAll(async () => {
  app = await startApp({ season: true })
  owner = await hire(app, 'OWNER')
  organizer = { id: owner.organizerId }
})
afterAll(() => app.close())

type Placed = Awaited<ReturnType<typeof paidGoods>>['order']

const goodsOf = async ({ id, accessToken }: Placed, token?: string) =>
  (await app.call('OrderGoods', { id, accessToken }, token ? { token } : {})).body.data.order

const tokenOf = async (order: Placed): Promise<string> => (await goodsOf(order)).pickupToken

/** The token of a new scanner, at a gate of a new event of this organizer. */
async function scanner(staff: { token: string; organizerId: string }, name: string): Promise<string> {
  const event = await addEvent(app, staff.organizerId)
  const gate = { input: { eventId: event.id, name: 'Utara', ticketCategoryIds: [] } }
  const { id: gateId } = await resultOf(app, 'createGate', gate, staff.token)
  const device = { input: { gateId, name } }
  const made = await resultOf(
    app,
    'registerGateDevice',
    device,
    staff.token,
    '... on GateDeviceToken { token }',
  )
  return made.token
}

describe('the pick-up code', () => {
  test('is there for the buyer while paid goods wait, and not before or after', async () => {
    const unpaid = await orderedGoods(app, organizer)
    expect(await goodsOf(unpaid.order)).toMatchObject({ pickupToken: null, pickupQrPngUrl: null })
    const { order } = await paidGoods(app, organizer)
    const seen = await goodsOf(order)
    expect(seen.pickupToken).toMatch(/^p1\.[\w-]{22}\.[\w-]{43}$/)
    for (const [url, type] of [
      [seen.pickupQrPngUrl, 'image/png'],
      [seen.pickupQrSvgUrl, 'image/svg+xml'],
    ]) {
      const picture = await fetch(url)
      expect([picture.status, picture.headers.get('content-type')]).toEqual([200, type])
      expect(picture.headers.get('cache-control')).toBe('private, no-store')
    }
    await scanPickup(app, seen.pickupToken, owner.token)
    expect(await goodsOf(order)).toMatchObject({ pickupToken: null, pickupQrSvgUrl: null })
    expect((await fetch(seen.pickupQrPngUrl)).status).toBe(404)
  })

  test('is not shown to staff, who could collect what they do not own', async () => {
    const { order } = await paidGoods(app, organizer)
    expect(await goodsOf({ ...order, accessToken: '' }, owner.token)).toMatchObject({
      status: 'PAID',
      pickupToken: null,
    })
  })

  test('is not there for an order of tickets alone', async () => {
    const event = await addEvent(app, organizer.id)
    const { id } = await addCategory(app, event.id)
    const tickets = [{ ticketCategoryId: id, quantity: 1 }]
    const bought = await paidGoods(app, organizer, 0, { eventId: event.id, tickets })
    expect(await goodsOf(bought.order)).toMatchObject({ status: 'PAID', pickupToken: null })
  })
})

describe('a booth', () => {
  test('gives out all that waits, once; the second scan names who was first and when', async () => {
    const { order, lineIds } = await paidGoods(app, organizer, 2)
    const token = await tokenOf(order)
    const device = await scanner(owner, 'Stan Kaos')
    const first = await scanPickup(app, token, device)
    expect(first).toMatchObject({
      orderNumber: order.number,
      handedOverBy: 'Stan Kaos',
      items: [
        { name: 'Kaos – M', quantity: 2 },
        { name: 'Kaos – M', quantity: 2 },
      ],
    })
    expect(await statusesOf(app, lineIds)).toEqual(['HANDED_OVER', 'HANDED_OVER'])
    app.clock.advance(60)
    expect(await scanPickup(app, token, owner.token)).toMatchObject({
      code: 'ALREADY_DELIVERED',
      deliveredAt: first.handedOverAt,
      deliveredBy: 'Stan Kaos',
      deliveryStatus: 'HANDED_OVER',
    })
    const trail = await app.prisma.auditEntry.findMany({ where: { targetId: order.id } })
    expect(trail).toMatchObject([{ action: 'order.hand_over', data: { lineIds } }])
    await expectInvariants(app.prisma)
  })

  test.each([
    ['with CR and LF', (token: string) => `${token}\r\n`],
    ['with TAB in front', (token: string) => `\t${token}`],
    ['with an AIM prefix', (token: string) => `]Q1${token}\0`],
    [
      'with caps lock on',
      (token: string) =>
        token.replace(/[a-z]|[A-Z]/g, (c) => (c === c.toLowerCase() ? c.toUpperCase() : c.toLowerCase())),
    ],
  ])('reads a code from a scanner: %s', async (_how, typed) => {
    const { order } = await paidGoods(app, organizer)
    const token = await tokenOf(order)
    const once = key()
    const first = await scanPickup(app, typed(token), owner.token, once)
    expect(first).toMatchObject({ orderNumber: order.number })
    expect((await scanPickup(app, typed(token), owner.token)).code).toBe('ALREADY_DELIVERED')
  })

  test('a repeated scan with one key is one scan', async () => {
    const { order } = await paidGoods(app, organizer)
    const token = await tokenOf(order)
    const once = key()
    const first = await scanPickup(app, token, owner.token, once)
    expect(await scanPickup(app, token, owner.token, once)).toEqual(first)
  })

  test('gives out what is left when a part was shipped, and names the parcel when all was', async () => {
    const { order, lineIds } = await paidGoods(app, organizer, 2)
    const token = await tokenOf(order)
    const parcel = { orderId: order.id, step: 'SHIPPED', carrier: 'JNE', trackingNumber: '1' }
    await fulfil(app, owner.token, { ...parcel, lineIds: lineIds.slice(0, 1) })
    expect((await scanPickup(app, token, owner.token)).items).toHaveLength(1)
    const sent = await paidGoods(app, organizer)
    const code = await tokenOf(sent.order)
    await fulfil(app, owner.token, { ...parcel, orderId: sent.order.id })
    const late = await scanPickup(app, code, owner.token)
    expect(late).toMatchObject({ code: 'ALREADY_DELIVERED', deliveryStatus: 'SHIPPED' })
  })

  test('is staff who scan or pack, and no other role', async () => {
    for (const role of ['GATE', 'SUPPORT', 'MANAGER'] as const) {
      const { order } = await paidGoods(app, organizer)
      const { token } = await hire(app, role, organizer.id)
      expect((await scanPickup(app, await tokenOf(order), token)).__typename).toBe('Pickup')
    }
    const { order } = await paidGoods(app, organizer)
    const { token: finance } = await hire(app, 'FINANCE', organizer.id)
    const args = { token: await tokenOf(order), idempotencyKey: key() }
    const refused = await app.call('HandOverPickup', args, { token: finance })
    expect(refused).toMatchObject({ status: 403, body: { errors: [{ extensions: { code: 'FORBIDDEN' } }] } })
    expect((await app.call('HandOverPickup', args)).status).toBe(401)
  })
})

describe('a booth refuses', () => {
  test('a code of another organizer as one that was never there, to staff and to devices', async () => {
    const { order, lineIds } = await paidGoods(app, organizer)
    const stranger = await hire(app, 'OWNER')
    const device = await scanner(stranger, 'Asing')
    const token = await tokenOf(order)
    for (const who of [stranger.token, device, await app.login('buyer@karcis.test')]) {
      const foreign = await scanPickup(app, token, who)
      expect(foreign).toMatchObject({ __typename: 'PickupInvalidError', code: 'PICKUP_INVALID' })
      expect(await scanPickup(app, 'p1.unknown', who)).toEqual(foreign)
    }
    expect(await statusesOf(app, lineIds)).toEqual(['UNFULFILLED'])
  })

  test('a code that was changed in any place, or was signed for something else', async () => {
    const event = await addEvent(app, organizer.id)
    const { id } = await addCategory(app, event.id)
    const tickets = [{ ticketCategoryId: id, quantity: 1 }]
    const { order } = await paidGoods(app, organizer, 1, { eventId: event.id, tickets })
    const other = await paidGoods(app, organizer)
    const [token, foreign] = [await tokenOf(order), await tokenOf(other.order)]
    const [version, body, mac] = token.split('.')
    const [ticket] = await app.prisma.ticket.findMany({ where: { orderId: order.id } })
    const flipped = (text = '', at = 0) =>
      text.slice(0, at) + (text[at] === 'A' ? 'B' : 'A') + text.slice(at + 1)
    const wrong = [
      `${version}.${body}.${foreign.split('.')[2]}`,
      `${version}.${flipped(body, 5)}.${mac}`,
      `${version}.${body}.${flipped(mac, 20)}`,
      // Base64 ends in bits that mean nothing: another spelling of the same bytes is no token either.
      `${version}.${body}.${flipped(mac, 42)}`,
      `${version}.${flipped(body, 21)}.${mac}`,
      `p2.${body}.${mac}`,
      `${token}.x`,
      `${version}.${body}.${orderAccessToken(app.environment['LINK_SECRET'] ?? '', order.id)}`,
      order.accessToken,
      ticket?.token ?? '',
      newId(),
      '',
      '\0',
      'x'.repeat(10_000),
    ]
    for (const one of wrong) {
      expect((await scanPickup(app, one, owner.token)).code, one).toBe('PICKUP_INVALID')
      const picture = await fetch(`${app.url}/pickups/${encodeURIComponent(one)}/qr.png`)
      expect(picture.status, one).toBe(404)
    }
    // Nor the other way round.
    const gate = { input: { eventId: event.id, name: 'Utara', ticketCategoryIds: [id] } }
    const { id: gateId } = await resultOf(app, 'createGate', gate, owner.token)
    const input = { ticketToken: token, gateId }
    const scan = await app.call('CheckIn', { input, idempotencyKey: key() }, { token: owner.token })
    expect(scan.body.data.checkIn.code).toBe('TICKET_INVALID')
    const asAccess = await app.call('OrderGoods', { id: order.id, accessToken: token })
    expect(asAccess.body.data.order).toBeNull()
    expect((await scanPickup(app, token, owner.token)).__typename).toBe('Pickup')
  })

  test('goods whose money went back', async () => {
    const { order, payment, lineIds } = await paidGoods(app, organizer)
    const token = await tokenOf(order)
    await notify(app, notificationFor(payment, 'deny'))
    expect(await scanPickup(app, token, owner.token)).toMatchObject({
      code: 'ORDER_STATE',
      orderStatus: 'REFUNDED',
    })
    expect(await statusesOf(app, lineIds)).toEqual(['UNFULFILLED'])
    expect((await fetch(`${app.url}/pickups/${token}/qr.png`)).status).toBe(404)
  })
})
