// The provider hangs while many want to pay, and two database connections are all there is.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type MidtransShop, startMidtransShop } from './setup/midtrans-shop.ts'
import { expectInvariants } from './setup/oracle.ts'
import { categoryOf, eventBySlug, eventually, key, order, statusOf } from './setup/shop.ts'

const BUYERS = 30

let shop: MidtransShop

beforeAll(async () => {
  shop = await startMidtransShop({
    // They wait until the test breaks their connections.
    environment: { DATABASE_POOL_SIZE: '2', MIDTRANS_TIMEOUT_MS: '30000', EXECUTION_TIMEOUT_MS: '60000' },
  })
})
afterAll(async () => {
  await expectInvariants(shop.app.prisma)
  await shop.close()
})

const many = <T>(count: number, work: (n: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, (_, n) => work(n)))

const breakerState = async (): Promise<number> => {
  const metrics = await (await fetch(`${shop.app.url}/metrics`)).text()
  return Number(/^karcis_payment_breaker_state (\d)$/m.exec(metrics)?.[1])
}

async function tokensOf(count: number): Promise<string[]> {
  const bought = await many(count, () => shop.open())
  for (const { id, paymentId } of bought) {
    shop.provider.become(paymentId, 'settlement')
    expect(await shop.tell(shop.provider.notice(paymentId))).toBe(200)
    expect(await statusOf(shop.app, id)).toBe('PAID')
  }
  const tickets = await shop.app.prisma.ticket.findMany({
    where: { orderId: { in: bought.map(({ id }) => id) } },
  })
  return tickets.map(({ token }) => token)
}

test('while thirty wait for a provider that hangs, gates, orders and repetitions are served; and it heals by itself', async () => {
  const { app, provider } = shop
  const tokens = await tokensOf(6)
  const { category } = await categoryOf(app, 'gelora-kampus', 'Reguler')
  const gate = (await eventBySlug(app, 'gelora-kampus')).gates.find(({ categories }) =>
    categories.some(({ ticketCategoryId }) => ticketCategoryId === category.id),
  )
  const staff = await app.login('gate@karcis.test')
  const keyed = await many(4, async () => ({ placed: await shop.place(), key: key() }))
  const shown = await many(4, (n) => shop.pay(keyed[n]?.placed ?? fail(), 'QRIS', keyed[n]?.key))
  const buyers = await many(BUYERS, async () => ({ placed: await shop.place(), key: key() }))
  const ask = (n: number) => shop.pay(buyers[n]?.placed ?? fail(), 'QRIS', buyers[n]?.key)

  const before = provider.seen.length
  provider.always('hang')
  let answered = 0
  const waiting = many(BUYERS, async (n) => {
    const answer = await ask(n)
    answered += 1
    return answer
  })
  await eventually(async () => provider.seen.length === before + BUYERS)
  const scans = await many(tokens.length, (n) =>
    app.call(
      'CheckIn',
      { input: { ticketToken: tokens[n], gateId: gate?.id }, idempotencyKey: key() },
      { token: staff },
    ),
  )
  expect(scans.map(({ body }) => body.data.checkIn.direction)).toEqual(tokens.map(() => 'ENTRY'))
  const placed = await many(10, () => order(app, category))
  expect(placed.map(({ body }) => body.data.createOrder.status)).toEqual(placed.map(() => 'PENDING_PAYMENT'))
  // Neither a stored answer nor a charge that stands needs the provider.
  for (const [n, one] of keyed.entries()) {
    expect(await shop.pay(one.placed, 'QRIS', one.key)).toEqual(shown[n])
    expect(await shop.pay(one.placed)).toEqual(shown[n])
  }
  expect(answered).toBe(0)
  expect(await breakerState()).toBe(0)

  provider.hangUp()
  const refused = await waiting
  expect(refused.map(({ code }) => code)).toEqual(refused.map(() => 'PAYMENT_UNAVAILABLE'))
  expect(await breakerState()).toBe(2)
  const during = provider.seen.length
  const told = await many(BUYERS, ask)
  for (const { code, retryAfter } of told) {
    expect(code).toBe('PAYMENT_UNAVAILABLE')
    expect(retryAfter).toBeGreaterThan(0)
  }
  expect(provider.seen).toHaveLength(during)

  provider.always(null)
  let turn = 0
  await eventually(async () => {
    turn += 1
    return (await ask(turn % BUYERS)).__typename === 'Payment'
  }, 20)
  expect(await breakerState()).toBe(0)
  const payments = await many(BUYERS, ask)
  for (const [n, { id, __typename }] of payments.entries()) {
    expect(__typename).toBe('Payment')
    const orderId = buyers[n]?.placed.id ?? ''
    expect((await app.prisma.payment.findMany({ where: { orderId } })).map((one) => one.id)).toEqual([id])
    expect((await shop.payment(id)).transactionId).toBe(provider.orders.get(id)?.transactionId)
  }
  expect(provider.refusedCharges).toEqual([])
  expect(await app.prisma.payment.count({ where: { gateway: 'midtrans' } })).toBe(provider.orders.size)
}, 90_000)

function fail(): never {
  throw new Error('There is no such buyer.')
}
