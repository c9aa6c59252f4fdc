// Money that comes after a failure, words that do not fit together, and what only somebody with an old signature would say.
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { reconcilePayments } from '../src/modules/payments/reconcile-payments.ts'
import { sweep } from './setup/expiry.ts'
import { testNotice } from './setup/fake-midtrans/notices.ts'
import { type MidtransShop, startMidtransShop } from './setup/midtrans-shop.ts'
import { expectInvariants } from './setup/oracle.ts'
import { eventually, order, statusOf } from './setup/shop.ts'

let shop: MidtransShop

beforeAll(async () => {
  shop = await startMidtransShop()
})
afterAll(() => shop.close())
afterEach(async () => {
  shop.provider.always(null)
  await shop.app.prisma.payment.updateMany({ data: { nextCheckAt: null } })
  await expectInvariants(shop.app.prisma)
})

type Bought = Awaited<ReturnType<MidtransShop['open']>>
type Method = 'SNAP' | 'QRIS' | 'BCA_VA' | 'PERMATA_VA'

const stateOf = async ({ id, paymentId }: Bought) => [
  await statusOf(shop.app, id),
  (await shop.payment(paymentId)).status,
  await shop.tickets(id),
]
const kept = ({ paymentId }: Bought) =>
  shop.app.prisma.paymentNotification.findMany({ where: { paymentId }, orderBy: { id: 'asc' } })
const refundsOf = ({ paymentId }: Bought) => shop.app.prisma.refund.findMany({ where: { paymentId } })
const asked = ({ paymentId }: Bought) =>
  shop.provider.seen.filter(({ path }) => path === `/v2/${paymentId}/status`).length
const reconcile = () => reconcilePayments(shop.app.app.deps)
const notice = ({ paymentId }: Bought, change?: object) => shop.provider.notice(paymentId, change)

async function open(method: Method, slug?: string): Promise<Bought> {
  const bought = await shop.open(method, slug)
  if (method === 'SNAP') shop.provider.choose(bought.paymentId, 'bca')
  return bought
}

async function become(bought: Bought, status: string): Promise<void> {
  shop.provider.become(bought.paymentId, status)
  expect(await shop.tell(notice(bought))).toBe(200)
}

async function failed(status: string, method: Method = 'SNAP', slug?: string): Promise<Bought> {
  const bought = await open(method, slug)
  await become(bought, status)
  return bought
}

async function settled(method: Method = 'QRIS'): Promise<Bought> {
  const bought = await open(method)
  await become(bought, 'settlement')
  expect(await stateOf(bought)).toEqual(['PAID', 'SETTLED', 1])
  return bought
}

const capturesOf = ({ paymentId }: Bought) =>
  shop.app.prisma.ledgerEntry.count({ where: { cause: `capture:${paymentId}` } })

describe('a settlement after a failure', () => {
  test.each(['deny', 'cancel', 'failure', 'expire'])(
    'told after "%s" is booked and pays the order',
    async (word) => {
      for (const method of ['SNAP', 'QRIS'] as const) {
        const bought = await failed(word, method)
        if (method === 'SNAP') shop.provider.tryAgain(bought.paymentId)
        else shop.provider.become(bought.paymentId, 'settlement')
        expect(await shop.tell(notice(bought))).toBe(200)
        expect(await stateOf(bought)).toEqual(['PAID', 'SETTLED', 1])
        expect(await capturesOf(bought)).toBe(1)
      }
    },
  )

  test('takes the stock of an expired order again, or goes back where it is sold', async () => {
    const [back, late] = [await failed('deny'), await failed('deny', 'SNAP', 'flash-sale-drill')]
    shop.app.clock.advance(901)
    await sweep(shop.app)
    const pairs = { tickets: [{ ticketCategoryId: late.categoryId, quantity: 2 }] }
    const item = { id: late.categoryId, eventId: late.eventId }
    await Promise.all(Array.from({ length: 50 }, () => order(shop.app, item, pairs)))
    for (const bought of [back, late]) {
      shop.provider.tryAgain(bought.paymentId)
      await shop.tell(notice(bought))
    }
    expect(await stateOf(back)).toEqual(['PAID', 'SETTLED', 1])
    expect(await stateOf(late)).toEqual(['EXPIRED', 'SETTLED', 0])
    expect(await refundsOf(late)).toMatchObject([{ cause: 'UNPLACED', status: 'PENDING' }])
  })

  test('that nobody tells of is found on a Snap page when its order’s time is over', async () => {
    const bought = await failed('deny')
    shop.app.clock.advance(600)
    shop.provider.tryAgain(bought.paymentId)
    shop.app.clock.advance(340)
    await reconcile()
    expect(await stateOf(bought)).toEqual(['PAID', 'SETTLED', 1])
  })

  test('on a page that nobody paid on is looked for until the page is over, and then no more', async () => {
    const bought = await failed('deny')
    for (let minute = 0; minute < 40; minute += 1) {
      shop.app.clock.advance(60)
      await reconcile()
    }
    expect(await stateOf(bought)).toEqual(['PENDING_PAYMENT', 'FAILED', 0])
    expect((await shop.payment(bought.paymentId)).nextCheckAt).toBeNull()
    expect(asked(bought)).toBe(2)
    await sweep(shop.app)
  })

  test.each([
    ['one attempt failed and another paid', 'settlement', ['PAID', 'SETTLED', 1]],
    ['the bank took it back', 'deny', ['REFUNDED', 'FAILED', 0]],
  ])('and a denial, in either order, end alike where %s', async (_what, end, state) => {
    for (const words of [
      ['settlement', 'deny'],
      ['deny', 'settlement'],
    ]) {
      const bought = await open('SNAP')
      const letters = words.map((status) =>
        notice(bought, { transaction_status: status, status_code: status === 'deny' ? '202' : '200' }),
      )
      shop.provider.tryAgain(bought.paymentId, end)
      for (const letter of letters) expect(await shop.tell(letter)).toBe(200)
      await reconcile()
      const [orderState, ...payment] = await stateOf(bought)
      expect(payment).toEqual(state.slice(1))
      // What was denied first has paid for nothing: its order waits on (0009).
      expect([state[0], 'PENDING_PAYMENT']).toContain(orderState)
    }
  })

  test('that a bank takes back, and that comes once more, is owed to the buyer', async () => {
    const bought = await settled('PERMATA_VA')
    await become(bought, 'deny')
    await become(bought, 'settlement')
    expect(await stateOf(bought)).toEqual(['REFUNDED', 'SETTLED', 0])
    const refunds = await refundsOf(bought)
    expect(refunds.filter(({ status }) => status !== 'CANCELLED')).toMatchObject([{ status: 'MANUAL' }])
  })
})

describe('a word that proves nothing', () => {
  test.each([
    ['201', 'accept'],
    ['202', 'accept'],
    ['407', 'accept'],
    ['200', 'deny'],
    ['200', 'challenge'],
    ['200', 'review'],
  ])(
    '"settlement" signed with %s and fraud_status %s pays only what the provider says is paid',
    async (status_code, fraud_status) => {
      const bought = await open('QRIS')
      const change = { transaction_status: 'settlement', status_code, fraud_status }
      expect(await shop.tell(notice(bought, change))).toBe(200)
      expect(await stateOf(bought)).toEqual(['PENDING_PAYMENT', 'PENDING', 0])
      expect(await kept(bought)).toMatchObject([{ believed: false, transactionStatus: 'settlement' }])
      expect(asked(bought)).toBe(1)
      shop.provider.become(bought.paymentId, 'settlement')
      await reconcile()
      expect(await stateOf(bought)).toEqual(['PAID', 'SETTLED', 1])
    },
  )

  const refund = { refund_key: 'x', refund_amount: '1000.00', bank_confirmed_at: '2026-11-21 20:00:00' }
  test.each<[string, object]>([
    ['deny', { transaction_status: 'deny' }],
    ['cancel', { transaction_status: 'cancel' }],
    ['failure', { transaction_status: 'failure' }],
    ['expire', { transaction_status: 'expire' }],
    ['all refunded', { transaction_status: 'refund' }],
    ['a part refunded', { transaction_status: 'partial_refund', refunds: [refund] }],
    ['a chargeback', { transaction_status: 'partial_chargeback', refunds: [refund] }],
    ['another transaction', { transaction_id: '00000000-0000-4000-8000-000000000000' }],
    [
      'nothing that is known',
      { transaction_status: 'capture', payment_type: 'credit_card', fraud_status: 'deny' },
    ],
  ])('the signature of a settlement, replayed with %s, takes nothing back', async (_what, change) => {
    const bought = await settled()
    for (const note of ['once', 'twice'])
      expect(await shop.tell(notice(bought, { ...change, note }))).toBe(200)
    expect(await stateOf(bought)).toEqual(['PAID', 'SETTLED', 1])
    expect(await refundsOf(bought)).toEqual([])
    // It is asked for again a few times, later each time, and then left to a person.
    for (let minute = 0; minute < 30; minute += 1) {
      await reconcile()
      shop.app.clock.advance(60)
    }
    expect(asked(bought)).toBeLessThanOrEqual(2 + 6)
    expect(await stateOf(bought)).toEqual(['PAID', 'SETTLED', 1])
    expect(await shop.payment(bought.paymentId)).toMatchObject({ nextCheckAt: null, unconfirmedStatus: null })
  })

  test('is kept where the provider does not answer, and has its effect when it does', async () => {
    const bought = await settled('PERMATA_VA')
    shop.provider.always('fail')
    shop.provider.become(bought.paymentId, 'deny')
    expect(await shop.tell(notice(bought))).toBe(200)
    expect(await stateOf(bought)).toEqual(['PAID', 'SETTLED', 1])
    expect((await kept(bought)).at(-1)).toMatchObject({ believed: false })
    shop.provider.always(null)
    await reconcile()
    await eventually(async () => {
      shop.app.clock.advance(31)
      await reconcile()
      return (await shop.payment(bought.paymentId)).status === 'FAILED'
    }, 25)
    expect(await stateOf(bought)).toEqual(['REFUNDED', 'FAILED', 0])
  })

  test('is asked for with no transaction open', async () => {
    const bought = await settled('PERMATA_VA')
    shop.provider.become(bought.paymentId, 'deny')
    shop.provider.next({ answerAfterMs: 500 })
    const telling = shop.tell(notice(bought))
    await eventually(async () => asked(bought) === 1)
    const [open] = await shop.app.prisma.$queryRaw<{ count: number }[]>`
      SELECT count(*)::int AS count FROM pg_stat_activity
      WHERE datname = current_database() AND pid <> pg_backend_pid() AND xact_start IS NOT NULL`
    expect(open?.count).toBe(0)
    expect(await telling).toBe(200)
    expect(await stateOf(bought)).toEqual(['REFUNDED', 'FAILED', 0])
  })

  test('an answer that was asked for before the payment changed is asked for again', async () => {
    const bought = await failed('deny')
    shop.app.clock.advance(931)
    // The old answer is on its way while the buyer pays in another attempt.
    shop.provider.next({ say: { status: 200, body: { status_code: '412' } } }, { answerAfterMs: 600 })
    const checking = reconcile()
    await eventually(async () => asked(bought) === 1)
    shop.provider.tryAgain(bought.paymentId)
    await shop.tell(notice(bought))
    expect(await stateOf(bought)).toEqual(['PAID', 'SETTLED', 1])
    await checking
    expect(await stateOf(bought)).toEqual(['PAID', 'SETTLED', 1])
  })
})

describe('what is signed', () => {
  test('is kept up to a hundred of one signature, and no more is asked for than is kept', async () => {
    const bought = await settled()
    const body = (at: number) => notice(bought, { transaction_status: 'refund', at })
    for (let round = 0; round < 11; round += 1)
      await Promise.all(Array.from({ length: 10 }, (_, at) => shop.tell(body(10 * round + at))))
    const rows = await kept(bought)
    expect(rows.length).toBeGreaterThanOrEqual(100)
    expect(rows.length).toBeLessThan(110)
    const before = asked(bought)
    expect(await shop.tell(body(10_000))).toBe(200)
    expect(asked(bought)).toBe(before)
    expect(await kept(bought)).toHaveLength(rows.length)
    expect(await stateOf(bought)).toEqual(['PAID', 'SETTLED', 1])
  })

  const count = (orderId: string) => shop.app.prisma.unmatchedNotification.count({ where: { orderId } })

  test('by the provider’s own test is answered 200 and kept; what it did not sign is a 403', async () => {
    const { serverKey } = shop.provider
    const id = 'payment_notif_test_G000000000_9d2a'
    expect(await shop.tell(testNotice('SB-Mid-server-of-somebody-else'))).toBe(403)
    expect(await count(id)).toBe(0)
    expect(await shop.tell(testNotice(serverKey))).toBe(200)
    expect(await shop.tell(testNotice(serverKey))).toBe(200)
    expect(await count(id)).toBe(1)
  })

  test('of an order that is none of ours is a 404, and kept a few times', async () => {
    const bought = await shop.open()
    const tell = (note: number) => shop.tell(notice(bought, { order_id: 'INV-2026-1', note }))
    for (let note = 0; note < 23; note += 1) expect(await tell(note)).toBe(404)
    expect(await count('INV-2026-1')).toBe(20)
  })

  test('under the provider’s transaction id is about the payment of that id, told or asked for', async () => {
    const [told, found] = [await shop.open('BCA_VA'), await shop.open('BCA_VA')]
    const order_id = shop.provider.orders.get(told.paymentId)?.transactionId
    shop.provider.become(told.paymentId, 'settlement')
    expect(await shop.tell(notice(told, { order_id }))).toBe(200)
    expect(await stateOf(told)).toEqual(['PAID', 'SETTLED', 1])
    shop.provider.answerOwnId(found.paymentId)
    shop.provider.become(found.paymentId, 'settlement')
    shop.app.clock.advance(841)
    await reconcile()
    expect(await stateOf(found)).toEqual(['PAID', 'SETTLED', 1])
    // A charge whose answer was lost is found by the same rule, and one whose time is over is ended by it.
    const over = await shop.open('BCA_VA')
    shop.provider.answerOwnId(over.paymentId)
    shop.app.clock.advance(931)
    await sweep(shop.app)
    await reconcile()
    expect(await stateOf(over)).toEqual(['EXPIRED', 'EXPIRED', 0])
  })

  test('with a fee on top pays where the provider says that it is its own, and is kept and waits where it does not', async () => {
    for (const says of [true, false]) {
      const bought = await open('SNAP')
      const ours = shop.provider.orders.get(bought.paymentId)?.grossAmount
      shop.provider.addFee(bought.paymentId, 4_440)
      shop.provider.become(bought.paymentId, 'settlement')
      const gross = shop.provider.orders.get(bought.paymentId)
      if (!says && gross) gross.fee = 0
      expect(await shop.tell(notice(bought))).toBe(200)
      expect(await stateOf(bought)).toEqual(says ? ['PAID', 'SETTLED', 1] : ['PENDING_PAYMENT', 'PENDING', 0])
      expect((await kept(bought))[0]).toMatchObject({ believed: says, source: 'WEBHOOK' })
      expect((await shop.payment(bought.paymentId)).amountMinor).toBe(BigInt(Number(ours)) * 100n)
    }
  })

  test.each([
    ['less than that', { original_amount: '1', customer_imposed_payment_fee: '4440' }],
    ['another sum', { gross_amount: '1' }],
    ['no fee', { customer_imposed_payment_fee: '0' }],
  ])('with a fee that comes to %s is not paid', async (_what, change) => {
    const bought = await open('SNAP')
    const ours = Number(shop.provider.orders.get(bought.paymentId)?.grossAmount)
    const info = {
      original_amount: ours,
      gross_amount: ours + 4_440,
      customer_imposed_payment_fee: '4440',
      ...change,
    }
    const told = {
      transaction_status: 'settlement',
      status_code: '200',
      gross_amount: `${ours + 4_440}.00`,
      metadata: { extra_info: { gross_amount_info: info } },
    }
    expect(await shop.tell(notice(bought, told))).toBe(200)
    expect(await stateOf(bought)).toEqual(['PENDING_PAYMENT', 'PENDING', 0])
  })
})
