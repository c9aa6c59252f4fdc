// What each word of Midtrans' does, however often, late and out of order it comes.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { reconcilePayments } from '../src/modules/payments/reconcile-payments.ts'
import { refundPayment } from '../src/modules/payments/refund-payment.job.ts'
import { sweep } from './setup/expiry.ts'
import { tell, tellAll } from './setup/fake-midtrans/notices.ts'
import { type MidtransShop, startMidtransShop } from './setup/midtrans-shop.ts'
import { expectInvariants } from './setup/oracle.ts'
import { order, statusOf } from './setup/shop.ts'

const PREVIOUS_KEY = 'SB-Mid-server-before-0123456789'

let shop: MidtransShop

beforeAll(async () => {
  shop = await startMidtransShop({ environment: { MIDTRANS_SERVER_KEY_PREVIOUS: PREVIOUS_KEY } })
})
afterAll(async () => {
  await expectInvariants(shop.app.prisma)
  await shop.close()
})

type Bought = Awaited<ReturnType<MidtransShop['open']>>

const stateOf = async ({ id, paymentId }: Bought) => [
  await statusOf(shop.app, id),
  (await shop.payment(paymentId)).status,
  await shop.tickets(id),
]
const kept = ({ paymentId }: Bought) => shop.app.prisma.paymentNotification.findMany({ where: { paymentId } })
const unmatched = (orderId: string) => shop.app.prisma.unmatchedNotification.findMany({ where: { orderId } })
const refundsOf = ({ paymentId }: Bought) =>
  shop.app.prisma.refund.findMany({ where: { paymentId }, orderBy: { createdAt: 'asc' } })
const counted = async (outcome: string): Promise<number> => {
  const metrics = await (await fetch(`${shop.app.url}/metrics`)).text()
  const line = new RegExp(`^karcis_payment_notifications_total\\{outcome="${outcome}"\\} (\\d+)$`, 'm')
  return Number(line.exec(metrics)?.[1] ?? 0)
}

/** The provider's transaction becomes so, and it says so. */
async function become(bought: Bought, status: string, fraudStatus?: string): Promise<number> {
  shop.provider.become(bought.paymentId, status, fraudStatus)
  return shop.tell(shop.provider.notice(bought.paymentId))
}

async function settled(method?: 'QRIS' | 'PERMATA_VA'): Promise<Bought> {
  const bought = await shop.open(method)
  expect(await become(bought, 'settlement')).toBe(200)
  return bought
}

describe('the word', () => {
  test.each([
    ['pending', 'PENDING_PAYMENT', 'PENDING', 0],
    ['authorize', 'PENDING_PAYMENT', 'PENDING', 0],
    ['settlement', 'PAID', 'SETTLED', 1],
    ['capture', 'PAID', 'SETTLED', 1],
    ['deny', 'PENDING_PAYMENT', 'FAILED', 0],
    ['cancel', 'PENDING_PAYMENT', 'FAILED', 0],
    ['failure', 'PENDING_PAYMENT', 'FAILED', 0],
    ['expire', 'PENDING_PAYMENT', 'EXPIRED', 0],
  ])('"%s" of an open payment leads to %s, %s and %i ticket', async (word, ...state) => {
    const bought = await shop.open()
    expect(await become(bought, word)).toBe(200)
    expect(await stateOf(bought)).toEqual(state)
  })

  test('"capture" that is challenged waits for a person and is alarmed, and pays when it is accepted', async () => {
    const bought = await shop.open()
    const before = await counted('challenged')
    expect(await become(bought, 'capture', 'challenge')).toBe(200)
    expect(await stateOf(bought)).toEqual(['PENDING_PAYMENT', 'PENDING', 0])
    expect(await counted('challenged')).toBe(before + 1)
    await become(bought, 'capture', 'accept')
    expect(await stateOf(bought)).toEqual(['PAID', 'SETTLED', 1])
  })

  test.each(['settled!', 'sent_to_moon', 'Settlement'])(
    '"%s", which is none of theirs, changes nothing, or is no word',
    async (word) => {
      const bought = await shop.open()
      shop.provider.become(bought.paymentId, word)
      const notice = shop.provider.notice(bought.paymentId)
      const isWord = !word.includes('!')
      expect(await shop.tell(notice)).toBe(200)
      expect(await stateOf(bought)).toEqual(['PENDING_PAYMENT', 'PENDING', 0])
      const unreadable = await unmatched(bought.paymentId)
      expect([...(await kept(bought)), ...unreadable].map(({ body }) => body)).toEqual([notice])
      expect(unreadable).toHaveLength(isWord ? 0 : 1)
      expect(await counted('unknown_status')).toBeGreaterThanOrEqual(isWord ? 1 : 0)
    },
  )

  test('"deny" minutes after "settlement" takes the ticket back', async () => {
    const bought = await settled('PERMATA_VA')
    await become(bought, 'deny')
    expect(await stateOf(bought)).toEqual(['REFUNDED', 'FAILED', 0])
  })
})

describe('money that goes back', () => {
  const amountOf = async ({ paymentId }: Bought) => Number((await shop.payment(paymentId)).amountMinor / 100n)

  test('counts when the bank has confirmed it, once however often it is said', async () => {
    const bought = await settled()
    const amount = await amountOf(bought)
    shop.provider.giveBack(bought.paymentId, amount, { key: 'dashboard-1', confirmed: false })
    await shop.tell(shop.provider.notice(bought.paymentId))
    expect(await stateOf(bought)).toEqual(['PAID', 'SETTLED', 1])
    shop.provider.confirmRefunds(bought.paymentId)
    const confirmed = shop.provider.notice(bought.paymentId)
    expect(await tellAll(`${shop.app.url}/webhooks/midtrans`, [confirmed], 5)).toEqual(Array(5).fill(200))
    expect(await stateOf(bought)).toEqual(['REFUNDED', 'REFUNDED', 0])
    expect(await refundsOf(bought)).toMatchObject([
      { status: 'SUCCEEDED', amountMinor: BigInt(amount) * 100n },
    ])
  })

  test('in parts is one refund for each part, and the last one ends the order', async () => {
    const bought = await settled()
    const amount = await amountOf(bought)
    for (const key of ['part-1', 'part-2']) {
      shop.provider.giveBack(bought.paymentId, 1_000, { key })
      await shop.tell(shop.provider.notice(bought.paymentId))
      await shop.tell(shop.provider.notice(bought.paymentId))
    }
    expect(await stateOf(bought)).toEqual(['PARTIALLY_REFUNDED', 'PARTIALLY_REFUNDED', 1])
    expect(await refundsOf(bought)).toHaveLength(2)
    shop.provider.giveBack(bought.paymentId, amount - 2_000, { key: 'rest' })
    await shop.tell(shop.provider.notice(bought.paymentId))
    expect(await stateOf(bought)).toEqual(['REFUNDED', 'REFUNDED', 0])
    expect(await refundsOf(bought)).toHaveLength(3)
  })

  test.each([
    ['all', 'REFUNDED', 0],
    ['a part', 'PARTIALLY_REFUNDED', 1],
  ])('by a chargeback of %s needs no confirmation', async (what, status, tickets) => {
    const bought = await settled()
    shop.provider.giveBack(bought.paymentId, what === 'all' ? await amountOf(bought) : 5_000, {
      chargeback: true,
      confirmed: false,
    })
    await shop.tell(shop.provider.notice(bought.paymentId))
    expect(await stateOf(bought)).toEqual([status, status, tickets])
  })

  test.each([
    ['refund', ['REFUNDED', 'REFUNDED', 0]],
    ['chargeback', ['REFUNDED', 'REFUNDED', 0]],
    ['partial_refund', ['PAID', 'SETTLED', 1]],
    ['partial_chargeback', ['PAID', 'SETTLED', 1]],
  ])('without saying what, by "%s", is all of it, or alarmed', async (word, state) => {
    const bought = await settled()
    const before = await counted('unclear_refund')
    expect(await become(bought, word)).toBe(200)
    expect(await stateOf(bought)).toEqual(state)
    expect(await counted('unclear_refund')).toBe(before + (word.startsWith('partial') ? 1 : 0))
    expect((await kept(bought)).map(({ source }) => source)).toEqual(['WEBHOOK', 'WEBHOOK', 'STATUS'])
  })

  test('is never more than was captured', async () => {
    const bought = await settled()
    const refunds = [
      { refund_key: 'a', refund_amount: '900000000.00', bank_confirmed_at: 'now' },
      { refund_key: 'b', refund_amount: '900000000.00', bank_confirmed_at: 'now' },
    ]
    shop.provider.orders.get(bought.paymentId)?.refunds.push(...refunds)
    await become(bought, 'refund')
    expect(await stateOf(bought)).toEqual(['REFUNDED', 'REFUNDED', 0])
    const { amountMinor } = await shop.payment(bought.paymentId)
    expect(await refundsOf(bought)).toMatchObject([{ amountMinor }])
  })

  test('by a refund of ours is the same one when the provider says so first, and its job has nothing to do', async () => {
    const bought = await shop.open('QRIS', 'flash-sale-drill')
    shop.app.clock.advance(901)
    await sweep(shop.app)
    const pairs = { tickets: [{ ticketCategoryId: bought.categoryId, quantity: 2 }] }
    const item = { id: bought.categoryId, eventId: bought.eventId }
    await Promise.all(Array.from({ length: 50 }, () => order(shop.app, item, pairs)))
    await become(bought, 'settlement')
    const [planned] = await refundsOf(bought)
    expect(planned?.status).toBe('PENDING')
    const refundId = planned?.id ?? ''
    shop.provider.giveBack(bought.paymentId, await amountOf(bought), { key: refundId })
    await shop.tell(shop.provider.notice(bought.paymentId))
    await refundPayment(shop.app.app.deps, { refundId })
    expect(await refundsOf(bought)).toMatchObject([{ id: refundId, status: 'SUCCEEDED' }])
    expect(await stateOf(bought)).toEqual(['EXPIRED', 'REFUNDED', 0])
    expect(shop.provider.seen.some(({ path }) => path === `/v2/${bought.paymentId}/refund`)).toBe(false)
  })
})

describe('a notification', () => {
  test('twice, at once and in any order with the others, leads to the same end', async () => {
    const codes: Readonly<Record<string, string>> = { pending: '201', expire: '407' }
    const words = ['pending', 'settlement', 'expire', 'refund']
    for (const first of words) {
      const bought = await shop.open()
      shop.provider.become(bought.paymentId, 'refund')
      const say = (word: string) =>
        shop.provider.notice(bought.paymentId, {
          transaction_status: word,
          status_code: codes[word] ?? '200',
        })
      await shop.tell(say(first))
      await tellAll(`${shop.app.url}/webhooks/midtrans`, words.map(say), 2)
      // Whatever was asked for while another word took effect is asked for again.
      await reconcilePayments(shop.app.app.deps)
      expect(await stateOf(bought)).toEqual(['REFUNDED', 'REFUNDED', 0])
      expect(await refundsOf(bought)).toHaveLength(1)
      expect((await kept(bought)).filter(({ source }) => source === 'WEBHOOK')).toHaveLength(4)
    }
  })

  test('is kept byte for byte', async () => {
    const bought = await shop.open()
    const said = `\n{ "note": "kèpt \\u0000 ${'é'.repeat(3)}",  ${shop.provider.notice(bought.paymentId).slice(1)}  \n`
    expect(await shop.tell(said)).toBe(200)
    expect((await kept(bought))[0]?.body).toBe(said)
  })

  test.each([
    ['an amount without cents', (text: string) => text.replace('.00', ''), 'paid'],
    ['an amount with one digit of cents', (text: string) => text.replace('.00', '.0'), 'paid'],
    ['another amount', () => '1.00', 'wrong'],
    ['an amount one sen off', (text: string) => text.replace('.00', '.01'), 'wrong'],
    ['a negative amount', (text: string) => `-${text}`, 'unreadable'],
    [
      'an amount with a thousands separator',
      (text: string) => text.replace('000.00', ',000.00'),
      'unreadable',
    ],
    ['an amount in exponents', () => '1.5e5', 'unreadable'],
  ])('of %s, well signed, is kept and judged by its value', async (_what, change, how) => {
    const bought = await shop.open()
    const order = shop.provider.orders.get(bought.paymentId)
    const gross_amount = change(order?.grossAmount ?? '')
    if (order) Object.assign(order, { status: 'settlement', grossAmount: gross_amount })
    const notice = shop.provider.notice(bought.paymentId)
    expect(await shop.tell(notice)).toBe(200)
    const paid = how === 'paid'
    expect(await stateOf(bought)).toEqual(paid ? ['PAID', 'SETTLED', 1] : ['PENDING_PAYMENT', 'PENDING', 0])
    const all = how === 'unreadable' ? await unmatched(bought.paymentId) : await kept(bought)
    expect(all[0]?.body).toBe(notice)
  })

  test('three days late still pays an order whose stock is there', async () => {
    const bought = await shop.open()
    shop.app.clock.advance(3 * 86_400)
    await sweep(shop.app)
    await become(bought, 'settlement')
    expect(await stateOf(bought)).toEqual(['PAID', 'SETTLED', 1])
  })

  test('of a settlement for an order that is refunded changes nothing', async () => {
    const bought = await settled()
    await become(bought, 'refund')
    expect(await become(bought, 'settlement')).toBe(200)
    await become(bought, 'expire')
    expect(await stateOf(bought)).toEqual(['REFUNDED', 'REFUNDED', 0])
  })

  test('signed with the key before is taken while there are two, and with any other key is not', async () => {
    const bought = await shop.open()
    shop.provider.become(bought.paymentId, 'settlement')
    const before = await counted('forged')
    for (const key of ['SB-Mid-server-of-somebody-else', '', 'SB-Mid-server-of-a-test'])
      expect(await shop.tell(shop.provider.notice(bought.paymentId, {}, key))).toBe(403)
    expect(await kept(bought)).toEqual([])
    expect(await counted('forged')).toBe(before + 3)
    expect(await shop.tell(shop.provider.notice(bought.paymentId, {}, PREVIOUS_KEY))).toBe(200)
    expect(await stateOf(bought)).toEqual(['PAID', 'SETTLED', 1])
  })

  test('for a payment of another provider is unknown', async () => {
    const bought = await shop.open()
    await shop.app.prisma.payment.update({ where: { id: bought.paymentId }, data: { gateway: 'sandbox' } })
    expect(await become(bought, 'settlement')).toBe(404)
    expect(await statusOf(shop.app, bought.id)).toBe('PENDING_PAYMENT')
  })

  test('of a megabyte is refused by its size, in a form that a program reads', async () => {
    const answer = await fetch(`${shop.app.url}/webhooks/midtrans`, {
      method: 'POST',
      body: JSON.stringify({ padding: 'x'.repeat(1_048_576) }),
    })
    expect(answer.status).toBe(413)
    expect(await answer.json()).toMatchObject({ code: 'PAYLOAD_TOO_LARGE' })
  })

  test('that is no UTF-8 is refused, for it could not be kept as it came', async () => {
    const bought = await shop.open()
    const bytes = Buffer.from(shop.provider.notice(bought.paymentId, { note: '~' }))
    bytes[bytes.indexOf('~')] = 0xff
    const answer = await fetch(`${shop.app.url}/webhooks/midtrans`, { method: 'POST', body: bytes })
    expect(answer.status).toBe(400)
    expect(await kept(bought)).toEqual([])
  })

  test('to the sandbox’s webhook finds nobody there', async () => {
    const bought = await shop.open()
    shop.provider.become(bought.paymentId, 'settlement')
    const notice = shop.provider.notice(bought.paymentId)
    expect(await tell(`${shop.app.url}/webhooks/sandbox`, notice)).toBe(404)
  })
})
