// What becomes of payments whose notifications, or whose answers, never came.
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { loadConfig } from '../src/config.ts'
import { checkPayment } from '../src/modules/payments/check-payment.ts'
import { reconcilePayments } from '../src/modules/payments/reconcile-payments.ts'
import { connect, type Parts } from '../src/parts.ts'
import { sweep } from './setup/expiry.ts'
import { type MidtransShop, startMidtransShop } from './setup/midtrans-shop.ts'
import { expectInvariants } from './setup/oracle.ts'
import { confirm, refund } from './setup/refunds.ts'
import { eventually, key, order, statusOf } from './setup/shop.ts'
import { hire } from './setup/staff.ts'

let shop: MidtransShop
let other: Parts

beforeAll(async () => {
  shop = await startMidtransShop()
  // What a second process stands on.
  other = connect(loadConfig(shop.app.environment), shop.app.clock, 10_000)
})
afterAll(async () => {
  await other?.close()
  await shop?.close()
})
afterEach(async () => {
  shop.provider.always(null)
  // What a test left open is not for the next to find.
  await shop.app.prisma.payment.updateMany({ data: { nextCheckAt: null } })
  await expectInvariants(shop.app.prisma)
})

const reconcile = () => reconcilePayments(shop.app.app.deps)
const wait = (seconds: number) => shop.app.clock.advance(seconds)
const callsFor = (paymentId: string) => shop.provider.seen.filter(({ path }) => path.includes(paymentId))
const actions = (paymentId: string) => callsFor(paymentId).map(({ path }) => path.split('/').at(-1))
const stateOf = async ({ id, paymentId }: { id: string; paymentId: string }) => [
  await statusOf(shop.app, id),
  (await shop.payment(paymentId)).status,
  await shop.tickets(id),
]

describe('a lost notification', () => {
  test('of a settlement is made up for before the order expires: paid, with its ticket', async () => {
    const bought = await shop.open()
    shop.provider.become(bought.paymentId, 'settlement')
    wait(841)
    await reconcile()
    expect(await stateOf(bought)).toEqual(['PAID', 'SETTLED', 1])
    expect(actions(bought.paymentId)).toEqual(['status'])
    const [kept] = await shop.app.prisma.paymentNotification.findMany({
      where: { paymentId: bought.paymentId },
    })
    expect(kept).toMatchObject({ source: 'STATUS', transactionStatus: 'settlement' })
  })

  test.each([
    ['deny', 'FAILED'],
    ['cancel', 'FAILED'],
    ['failure', 'FAILED'],
    ['expire', 'EXPIRED'],
  ])('of "%s" makes the payment %s, and the order may be paid another way', async (said, status) => {
    const bought = await shop.open()
    shop.provider.become(bought.paymentId, said)
    wait(841)
    await reconcile()
    expect(await stateOf(bought)).toEqual(['PENDING_PAYMENT', status, 0])
    const again = await shop.pay(bought)
    expect(again.id).not.toBe(bought.paymentId)
    expect(again.qrString).toContain(again.id)
  })

  test('of a settlement revives an order that has expired meanwhile', async () => {
    const bought = await shop.open('BCA_VA')
    shop.provider.become(bought.paymentId, 'settlement')
    wait(931)
    await sweep(shop.app)
    expect(await statusOf(shop.app, bought.id)).toBe('EXPIRED')
    await reconcile()
    expect(await stateOf(bought)).toEqual(['PAID', 'SETTLED', 1])
    // It could not be ended, for it was paid.
    expect(actions(bought.paymentId)).toEqual(['expire', 'status'])
  })

  test('of a settlement is refunded when what the order had is sold', async () => {
    const bought = await shop.open('QRIS', 'flash-sale-drill')
    shop.provider.become(bought.paymentId, 'settlement')
    wait(931)
    await sweep(shop.app)
    const pairs = { tickets: [{ ticketCategoryId: bought.categoryId, quantity: 2 }] }
    const item = { id: bought.categoryId, eventId: bought.eventId }
    await Promise.all(Array.from({ length: 50 }, () => order(shop.app, item, pairs)))
    await reconcile()
    await reconcile()
    expect(await stateOf(bought)).toEqual(['EXPIRED', 'SETTLED', 0])
    expect(await shop.app.prisma.refund.count({ where: { orderId: bought.id } })).toBe(1)
  })

  test('of a bank that takes the money back revokes the ticket', async () => {
    const bought = await shop.open('PERMATA_VA')
    shop.provider.become(bought.paymentId, 'settlement')
    await shop.tell(shop.provider.notice(bought.paymentId))
    shop.provider.become(bought.paymentId, 'deny')
    wait(61)
    await reconcile()
    expect(await stateOf(bought)).toEqual(['PAID', 'SETTLED', 1])
    wait(300)
    await reconcile()
    expect(await stateOf(bought)).toEqual(['REFUNDED', 'FAILED', 0])
  })
})

describe('a payment of which staff have paid a part back by hand', () => {
  test('is asked for as well: a bank that takes it back revokes the ticket, and then it is left alone', async () => {
    const bought = await shop.open('PERMATA_VA')
    shop.provider.become(bought.paymentId, 'settlement')
    await shop.tell(shop.provider.notice(bought.paymentId))
    const event = await shop.app.prisma.event.findUniqueOrThrow({ where: { id: bought.eventId } })
    const { token } = await hire(shop.app, 'FINANCE', event.organizerId)
    const { refunds } = await refund(shop.app, token, bought.id, { amount: '1000' })
    await confirm(shop.app, token, refunds[0].id)
    shop.provider.become(bought.paymentId, 'deny')
    wait(61)
    await reconcile()
    expect(actions(bought.paymentId)).toEqual([])
    wait(300)
    await reconcile()
    expect(await stateOf(bought)).toEqual(['REFUNDED', 'REFUNDED', 0])
    wait(7_200)
    await reconcile()
    expect(actions(bought.paymentId)).toEqual(['status'])
  })
})

describe('a payment that nobody makes', () => {
  test('is not asked for while it has time', async () => {
    const bought = await shop.open()
    wait(61)
    await reconcile()
    wait(700)
    await reconcile()
    expect(callsFor(bought.paymentId)).toEqual([])
  })

  test('is ended at the provider half a minute after its order’s time, by one call', async () => {
    const bought = await shop.open('BRI_VA')
    wait(841)
    await reconcile()
    expect(actions(bought.paymentId)).toEqual(['status'])
    wait(91)
    await sweep(shop.app)
    await reconcile()
    expect(actions(bought.paymentId)).toEqual(['status', 'expire'])
    expect(shop.provider.orders.get(bought.paymentId)?.status).toBe('expire')
    expect(await stateOf(bought)).toEqual(['EXPIRED', 'EXPIRED', 0])
    wait(7_200)
    await reconcile()
    expect(actions(bought.paymentId)).toHaveLength(2)
    expect((await shop.payment(bought.paymentId)).nextCheckAt).toBeNull()
  })

  test('of an order that its buyer cancels is cancelled at the provider at once', async () => {
    const bought = await shop.open()
    const input = { orderId: bought.id, accessToken: bought.accessToken }
    await shop.app.call('CancelOrder', { input, idempotencyKey: key() })
    await reconcile()
    expect(actions(bought.paymentId)).toEqual(['cancel'])
    expect(await stateOf(bought)).toEqual(['CANCELLED', 'FAILED', 0])
  })

  test('is cancelled at the provider when its order was paid in another way', async () => {
    const bought = await shop.open('QRIS')
    const second = await shop.pay(bought, 'BNI_VA')
    shop.provider.become(second.id, 'settlement')
    await shop.tell(shop.provider.notice(second.id))
    await reconcile()
    expect(shop.provider.orders.get(bought.paymentId)?.status).toBe('cancel')
    expect(await stateOf(bought)).toEqual(['PAID', 'FAILED', 1])
  })
})

describe('a charge whose answer was lost', () => {
  test('is found and shown to the buyer, and asking again with the same key gives the same charge', async () => {
    const placed = await shop.place()
    const idempotencyKey = key()
    shop.provider.next('lose', 'lose', 'lose')
    expect((await shop.pay(placed, 'BCA_VA', idempotencyKey)).code).toBe('PAYMENT_UNAVAILABLE')
    const { id } = await shop.app.prisma.payment.findFirstOrThrow({ where: { orderId: placed.id } })
    expect((await shop.payment(id)).transactionId).toBeNull()
    wait(61)
    // As after the five minutes of the provider's key.
    shop.provider.forgetIdempotencyKeys()
    await reconcile()
    const found = await shop.payment(id)
    expect(found.transactionId).toBe(shop.provider.orders.get(id)?.transactionId)
    expect(found.vaNumber).toMatch(/^\d{16}$/)
    const answer = await shop.pay(placed, 'BCA_VA', idempotencyKey)
    expect(answer).toMatchObject({ __typename: 'Payment', id, vaNumber: found.vaNumber })
    expect(await shop.app.prisma.payment.count({ where: { orderId: placed.id } })).toBe(1)
  })

  test('and that was paid all the same gives the ticket, though its buyer never came back', async () => {
    const placed = await shop.place()
    shop.provider.next('lose', 'lose', 'lose')
    await shop.pay(placed)
    const { id } = await shop.app.prisma.payment.findFirstOrThrow({ where: { orderId: placed.id } })
    shop.provider.become(id, 'settlement')
    wait(61)
    await reconcile()
    expect(await stateOf({ id: placed.id, paymentId: id })).toEqual(['PAID', 'SETTLED', 1])
  })

  test('and that was never made expires when no call can be on its way any more', async () => {
    const placed = await shop.place()
    shop.provider.next('drop', 'drop', 'drop')
    await shop.pay(placed)
    const { id } = await shop.app.prisma.payment.findFirstOrThrow({ where: { orderId: placed.id } })
    wait(931)
    await reconcile()
    expect((await shop.payment(id)).status).toBe('PENDING')
    wait(120)
    await reconcile()
    expect((await shop.payment(id)).status).toBe('EXPIRED')
    await sweep(shop.app)
  })

  test('on a Snap page is unknown to the provider until the buyer has chosen, and then paid', async () => {
    const bought = await shop.open('SNAP')
    wait(841)
    await reconcile()
    expect(await stateOf(bought)).toEqual(['PENDING_PAYMENT', 'PENDING', 0])
    shop.provider.choose(bought.paymentId, 'permata')
    shop.provider.become(bought.paymentId, 'settlement')
    wait(31)
    await reconcile()
    expect(await stateOf(bought)).toEqual(['PAID', 'SETTLED', 1])
  })
})

describe('a provider', () => {
  test('that is away is asked later, and nothing is lost', async () => {
    const bought = await shop.open()
    shop.provider.become(bought.paymentId, 'settlement')
    wait(841)
    shop.provider.always('drop')
    expect(await reconcile()).toBe(0)
    expect(await stateOf(bought)).toEqual(['PENDING_PAYMENT', 'PENDING', 0])
    shop.provider.always(null)
    const before = callsFor(bought.paymentId).length
    await reconcile()
    expect(callsFor(bought.paymentId)).toHaveLength(before)
    wait(31)
    await reconcile()
    expect(await stateOf(bought)).toEqual(['PAID', 'SETTLED', 1])
  })

  test('that says of one payment what nobody understands keeps no other waiting', async () => {
    const bought = await Promise.all(Array.from({ length: 10 }, () => shop.open()))
    for (const { paymentId } of bought) shop.provider.become(paymentId, 'settlement')
    wait(841)
    const nonsense = { say: { status: 200, body: '<html>' } }
    shop.provider.next(nonsense)
    await reconcile()
    const states = await Promise.all(bought.map(stateOf))
    expect(states.filter(([order]) => order === 'PAID')).toHaveLength(9)
    wait(31)
    await reconcile()
    for (const one of bought) expect(await stateOf(one)).toEqual(['PAID', 'SETTLED', 1])
  })

  test('that answers nobody is left alone, and who was not asked for has lost no time', async () => {
    const bought = await Promise.all(Array.from({ length: 20 }, () => shop.open()))
    for (const { paymentId } of bought) shop.provider.become(paymentId, 'settlement')
    wait(841)
    const parts = connect(loadConfig(shop.app.environment), shop.app.clock, 10_000)
    try {
      shop.provider.always('drop')
      const before = shop.provider.seen.length
      await reconcilePayments(parts.deps)
      // Five failures open the breaker; those that were on their way by then are the rest.
      expect(shop.provider.seen.length - before).toBeLessThan(20)
      const untouched = await shop.app.prisma.payment.count({
        where: { id: { in: bought.map(({ paymentId }) => paymentId) }, checks: 0 },
      })
      expect(untouched).toBe(12)
    } finally {
      await parts.close()
    }
    shop.provider.always(null)
    await reconcile()
    wait(31)
    await reconcile()
    for (const one of bought) expect(await stateOf(one)).toEqual(['PAID', 'SETTLED', 1])
  })

  test('that speaks of another amount is not believed', async () => {
    const bought = await shop.open()
    const body = JSON.parse(shop.provider.notice(bought.paymentId, { gross_amount: '1.00' }))
    const say = { status: 200, body: { ...body, status_code: '200', transaction_status: 'settlement' } }
    shop.provider.next({ say })
    wait(841)
    await reconcile()
    expect(await stateOf(bought)).toEqual(['PENDING_PAYMENT', 'PENDING', 0])
  })

  test('that hangs is waited for without a transaction open', async () => {
    const bought = await shop.open()
    wait(841)
    shop.provider.next({ answerAfterMs: 700 })
    const running = reconcile()
    await eventually(async () => callsFor(bought.paymentId).length === 1)
    const [open] = await shop.app.prisma.$queryRaw<{ count: number }[]>`
      SELECT count(*)::int AS count FROM pg_stat_activity
      WHERE datname = current_database() AND pid <> pg_backend_pid() AND xact_start IS NOT NULL`
    expect(open?.count).toBe(0)
    await running
  })
})

describe('two processes that reconcile at once', () => {
  test('ask once for each payment, and each is paid once', async () => {
    const bought = await Promise.all(Array.from({ length: 12 }, () => shop.open()))
    for (const { paymentId } of bought) shop.provider.become(paymentId, 'settlement')
    wait(841)
    await Promise.all(
      [shop.app.app.deps, other.deps, shop.app.app.deps].map((deps) => reconcilePayments(deps)),
    )
    for (const one of bought) {
      expect(await stateOf(one)).toEqual(['PAID', 'SETTLED', 1])
      expect(actions(one.paymentId)).toEqual(['status'])
    }
  })

  test('for one payment, while the notification comes too, make one transition and one ticket', async () => {
    for (let round = 0; round < 5; round += 1) {
      const bought = await shop.open()
      shop.provider.become(bought.paymentId, 'settlement')
      const notice = shop.provider.notice(bought.paymentId)
      const { id, paymentId } = bought
      await Promise.all([
        ...[shop.app.app.deps, other.deps, shop.app.app.deps].map((deps) => checkPayment(deps, paymentId)),
        shop.tell(notice),
        shop.tell(notice),
      ])
      expect(await stateOf(bought)).toEqual(['PAID', 'SETTLED', 1])
      const [{ count } = { count: 0 }] = await shop.app.prisma.$queryRaw<{ count: number }[]>`
        SELECT count(*)::int AS count FROM test_transition WHERE id IN (${id}::uuid, ${paymentId}::uuid)`
      expect(count).toBe(2)
    }
  })

  test('and expiry beside them end in paid with the ticket, or expired with the stock back', async () => {
    for (let round = 0; round < 5; round += 1) {
      const bought = await shop.open()
      if (round % 2 === 0) shop.provider.become(bought.paymentId, 'settlement')
      wait(931)
      await Promise.all([
        checkPayment(shop.app.app.deps, bought.paymentId),
        checkPayment(other.deps, bought.paymentId),
        sweep(shop.app),
      ])
      // A sweep leaves an order alone that somebody is at.
      await sweep(shop.app)
      const paid = round % 2 === 0
      expect(await stateOf(bought)).toEqual(paid ? ['PAID', 'SETTLED', 1] : ['EXPIRED', 'EXPIRED', 0])
    }
  })
})
