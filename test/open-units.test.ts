// How much of an event one network may hold or leave unpaid, through HTTP.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { defaultCap } from '../src/modules/holds/network-caps.ts'
import { forgetNetworks } from '../src/modules/orders/forget-networks.ts'
import { startApp, type TestApp } from './setup/app.ts'
import { addCategory, addEvent, addOrganizer } from './setup/catalogue.ts'
import { end, hold, said } from './setup/holding.ts'
import { expectInvariants } from './setup/oracle.ts'
import { eventually, guest, key, notificationFor, notify } from './setup/shop.ts'
import { hire, resultOf } from './setup/staff.ts'

let app: TestApp

beforeAll(async () => {
  app = await startApp()
})
afterAll(async () => {
  await expectInvariants(app.prisma)
  await app.close()
})

const CAP = 6
let networks = 0
const someNetwork = () => `198.51.100.${++networks}`
const from = (ip: string) => ({ headers: { 'X-Forwarded-For': ip } })

async function sale(values: object = {}, category: object = {}) {
  const event = await addEvent(app, (await addOrganizer(app)).id, { maxOpenPerNetwork: CAP, ...values })
  return addCategory(app, event.id, { quota: 200, maxPerOrder: 10, ...category })
}
type Category = Awaited<ReturnType<typeof sale>>

const cart = ({ id, eventId }: Category, quantity: number, more: object = {}) => ({
  eventId,
  tickets: [{ ticketCategoryId: id, quantity }],
  ...more,
})
const reserve = (category: Category, ip: string, quantity = 1, more: object = {}) =>
  hold(app, category, { deviceId: `device-${key()}`, ...cart(category, quantity, more) }, key(), from(ip))
const buy = async (category: Category, ip: string, quantity = 1, more: object = {}, idempotencyKey = key()) =>
  said(
    await app.call(
      'CreateOrder',
      { input: { buyer: guest(), ...cart(category, quantity, more) }, idempotencyKey },
      from(ip),
    ),
  )

const tooMany = {
  __typename: 'LimitExceededError',
  code: 'LIMIT_EXCEEDED',
  limit: CAP,
  rule: 'PER_NETWORK',
  path: ['input'],
}
const done = (answers: readonly { id?: string }[]) => answers.filter(({ id }) => id).length
const many = <T>(count: number, work: (n: number) => Promise<T>) =>
  Promise.all(Array.from({ length: count }, (_, n) => work(n)))

test.each([
  ['holds of invented devices', (category: Category, ip: string) => reserve(category, ip)],
  ['unpaid orders', (category: Category, ip: string) => buy(category, ip)],
  [
    'holds and unpaid orders',
    (category: Category, ip: string, n: number) => (n % 2 ? reserve(category, ip) : buy(category, ip)),
  ],
])(
  'of 40 %s at once from one address six are let through, and others are not kept from it',
  async (_name, take) => {
    const [category, ip] = [await sale(), someNetwork()]
    const answers = await many(40, (n) => take(category, ip, n))
    expect(done(answers)).toBe(CAP)
    const refused = answers.filter(({ id }) => !id)
    for (const one of refused) expect(one).toMatchObject(tooMany)
    for (const { retryAfterSeconds } of refused) {
      expect(retryAfterSeconds).toBeGreaterThan(0)
      expect(retryAfterSeconds).toBeLessThanOrEqual(15)
    }
    expect((await take(category, someNetwork(), 0)).id).toBeDefined()
    const [other] = [await sale()]
    expect((await take(other, ip, 0)).id).toBeDefined()
  },
)

test('of IPv6 a /64 has the cap, and a /56 four times as much', async () => {
  const category = await sale()
  const holds = await many(20, (n) => reserve(category, `2001:db8:9:1::${n}`))
  expect(done(holds)).toBe(CAP)
  const orders = await many(40, (n) => buy(category, `2001:db8:9:${(n + 2).toString(16)}::1`))
  expect(done(orders)).toBe(3 * CAP)
})

test('what is released, cancelled or paid is free again, and what was refused never counted', async () => {
  const [category, ip] = [await sale({}, { quota: 200 }), someNetwork()]
  const gone = await addCategory(app, category.eventId, { quota: 0 })
  for (let n = 0; n < 10; n++) expect((await buy(gone, ip)).code).toBe('SOLD_OUT')
  const held = await reserve(category, ip, 2)
  const bought = [await buy(category, ip, 2), await buy(category, ip, 2)]
  expect(await buy(category, ip)).toMatchObject(tooMany)
  await end(app, 'ReleaseHold', held.id)
  const third = await buy(category, ip, 2)
  expect(third.id).toBeDefined()
  expect(await reserve(category, ip)).toMatchObject(tooMany)
  const [first, second] = bought
  await app.call('CancelOrder', {
    input: { orderId: first.id, accessToken: first.accessToken },
    idempotencyKey: key(),
  })
  // Found out by whoever is refused, once a second.
  await eventually(async () => Boolean((await buy(category, ip, 2)).id))
  const paying = await app.call('PayOrder', {
    input: { orderId: second.id, accessToken: second.accessToken, method: 'QRIS' },
    idempotencyKey: key(),
  })
  const payment = await app.prisma.payment.findUniqueOrThrow({ where: { id: paying.body.data.payOrder.id } })
  const amount = { minor: payment.amountMinor, currencyCode: payment.currencyCode }
  await notify(app, notificationFor({ id: payment.id, amount }, 'settlement'))
  await eventually(async () => Boolean((await reserve(category, ip, 2)).id))
})

test('who holds may order that, choose again, and ask again with the same key, however full the network is', async () => {
  const [category, ip] = [await sale(), someNetwork()]
  const deviceId = `device-${key()}`
  const choose = (quantity: number) => reserve(category, ip, quantity, { deviceId })
  expect((await choose(5)).id).toBeDefined()
  const mine = await choose(4)
  expect(mine.id).toBeDefined()
  expect((await reserve(category, ip, 2)).id).toBeDefined()
  const [idempotencyKey, buyer] = [key(), guest()]
  const more = { holdId: mine.id, buyer }
  const order = await buy(category, ip, 4, more, idempotencyKey)
  expect(order.id).toBeDefined()
  expect(await buy(category, ip)).toMatchObject(tooMany)
  expect(await buy(category, ip, 4, more, idempotencyKey)).toEqual(order)
  expect(await buy(category, ip, 4, { buyer })).toMatchObject(tooMany)
})

test('what is over counts no more', async () => {
  const [category, ip] = [await sale(), someNetwork()]
  await buy(category, ip, 3)
  await reserve(category, ip, 3)
  expect(await buy(category, ip)).toMatchObject(tooMany)
  app.clock.advance(901)
  expect((await buy(category, ip, 6)).id).toBeDefined()
})

test('staff set how much it is; without that it suits the size of the event', async () => {
  const owner = await hire(app, 'OWNER')
  const event = await addEvent(app, owner.organizerId)
  const set = (maxOpenPerNetwork: number | null) =>
    resultOf(
      app,
      'updateEvent',
      { input: { id: event.id, maxOpenPerNetwork } },
      owner.token,
      '... on Event { maxOpenPerNetwork }',
    )
  expect(await set(2)).toMatchObject({ maxOpenPerNetwork: 2 })
  expect(await set(0)).toMatchObject({ code: 'VALIDATION_FAILED' })
  const category = await addCategory(app, event.id, { quota: 100, maxPerOrder: 4 })
  const ip = someNetwork()
  expect((await buy(category, ip, 2)).id).toBeDefined()
  expect(await buy(category, ip)).toMatchObject({ ...tooMany, limit: 2 })
  expect(await set(null)).toMatchObject({ maxOpenPerNetwork: null })
  expect(defaultCap({ quota: 100, most: 4 })).toBe(25)
  expect(defaultCap({ quota: 10, most: 4 })).toBe(4)
  expect(defaultCap({ quota: 50_000, most: 10 })).toBe(1_000)
})

test('a hold makes room where it was counted alone: another address orders no more with holds than without', async () => {
  const [category, holder, orderer] = [await sale(), someNetwork(), someNetwork()]
  const orders: { id?: string }[] = []
  for (let n = 0; n < 4; n++) {
    const { id: holdId } = await reserve(category, holder, 4)
    orders.push(await buy(category, orderer, 4, { holdId }))
    if (holdId) await end(app, 'ReleaseHold', holdId, from(holder))
  }
  expect(done(orders)).toBe(1)
  const { id: holdId } = await reserve(category, holder, 4)
  expect((await buy(category, holder, 4, { holdId })).id).toBeDefined()
})

test('no prefix of IPv6 gets more than half of an event, however many /64 it has', async () => {
  const category = await sale({ maxOpenPerNetwork: null }, { quota: 40, maxPerOrder: 4 })
  const orders = await many(16, (n) => buy(category, `2001:db8:77:${n}::1`, 4))
  expect(done(orders)).toBe(5)
  expect((await buy(category, someNetwork(), 4)).id).toBeDefined()
})

test('a cap that staff did not set lets one order of any size pass where nothing else of the network is open', async () => {
  const category = await sale({ maxOpenPerNetwork: null }, { quota: 20 })
  const second = await addCategory(app, category.eventId, { quota: 20, maxPerOrder: 10 })
  const ip = someNetwork()
  const tickets = [category, second].map(({ id }) => ({ ticketCategoryId: id, quantity: 10 }))
  expect((await buy(category, ip, 0, { tickets })).id).toBeDefined()
  expect(await buy(category, ip)).toMatchObject({ ...tooMany, limit: 10 })
  expect((await reserve(category, someNetwork(), 0, { tickets })).id).toBeDefined()
})

test('free orders of a stranger under my e-mail and phone do not use up my limit, my own do', async () => {
  const category = await sale({ maxPerBuyer: 2 }, { priceMinor: 0n })
  const [me, stranger] = [someNetwork(), someNetwork()]
  const buyer = { ...guest(), phone: `+62812${String(Date.now()).slice(-8)}` }
  const limit = { code: 'LIMIT_EXCEEDED', rule: 'PER_BUYER', limit: 2 }
  expect((await buy(category, stranger, 2, { buyer })).status).toBe('PAID')
  expect(await buy(category, stranger, 1, { buyer })).toMatchObject(limit)
  expect((await buy(category, me, 2, { buyer })).status).toBe('PAID')
  expect(await buy(category, me, 1, { buyer })).toMatchObject(limit)
  expect(await buy(category, me, 1, { buyer: { ...guest(), phone: buyer.phone } })).toMatchObject(limit)
  // By device wherever it is.
  const deviceId = `device-${key()}`
  expect((await buy(category, someNetwork(), 2, { deviceId })).status).toBe('PAID')
  expect(await buy(category, someNetwork(), 1, { deviceId })).toMatchObject(limit)
  const of = (buyerNetwork: string) =>
    app.prisma.order.count({ where: { eventId: category.eventId, buyerNetwork } })
  expect(await of('erased')).toBe(0)
  await app.prisma.event.update({
    where: { id: category.eventId },
    data: { startsAt: new Date(0), endsAt: new Date(1) },
  })
  await forgetNetworks(app.app.deps, AbortSignal.timeout(60_000))
  expect(await of('erased')).toBe(3)
})
