import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { recordProviderRefund } from '../src/modules/payments/provider-refund.ts'
import { serializable } from '../src/platform/serializable.ts'
import { startApp, type TestApp } from './setup/app.ts'
import { expectInvariants } from './setup/oracle.ts'
import { buy, checkout, confirm, giveBack, openShop, refund, type Shop } from './setup/refunds.ts'
import { key, notificationFor, notify, statusOf } from './setup/shop.ts'

let app: TestApp
let shop: Shop

beforeAll(async () => {
  app = await startApp()
})
beforeEach(async () => {
  shop = await openShop(app)
})
afterAll(async () => {
  await expectInvariants(app.prisma)
  await app.close()
})

type Bought = Awaited<ReturnType<typeof checkout>>

/** The provider tells of a refund, as receiveNotification passes it on. */
const told = (bought: Bought, refundKey: string, rupiah: number) =>
  serializable(app.app.deps, 'test', (tx) =>
    recordProviderRefund(
      tx,
      app.app.deps,
      { id: bought.payment.id, orderId: bought.id },
      { refundKey, amount: { minor: BigInt(rupiah) * 100n, currencyCode: 'IDR' } },
    ),
  )

const refundsOf = (orderId: string) =>
  app.prisma.refund.findMany({ where: { orderId }, orderBy: [{ createdAt: 'asc' }, { id: 'asc' }] })
const shortly = async (orderId: string) =>
  (await refundsOf(orderId)).map(
    ({ cause, status, amountMinor }) => `${cause} ${status} ${amountMinor / 100n}`,
  )
const goodTickets = (orderId: string) =>
  app.prisma.ticket.count({ where: { orderId, status: { not: 'REVOKED' } } })
const paymentStatus = async ({ payment }: Bought) =>
  (await app.prisma.payment.findUniqueOrThrow({ where: { id: payment.id } })).status

describe('a refund that the provider tells of', () => {
  test('and that we did not ask for is recorded once by its key; order, tickets and payment follow', async () => {
    const bought = await buy(app, shop)
    expect(await told(bought, 'dashboard-1', 30_000)).toBe(true)
    expect(await told(bought, 'dashboard-1', 30_000)).toBe(false)
    expect(await shortly(bought.id)).toEqual(['PROVIDER SUCCEEDED 30000'])
    expect(await statusOf(app, bought.id)).toBe('PARTIALLY_REFUNDED')
    expect(await goodTickets(bought.id)).toBe(2)
    await expectInvariants(app.prisma)
    await told(bought, 'chargeback', 70_000)
    expect(await statusOf(app, bought.id)).toBe('REFUNDED')
    expect(await goodTickets(bought.id)).toBe(0)
    expect(await paymentStatus(bought)).toBe('REFUNDED')
  })

  test('and that we asked for is confirmed by it, and the job that asked then changes nothing', async () => {
    const bought = await buy(app, shop)
    const { refunds } = await refund(app, shop.token, bought.id)
    expect(await told(bought, refunds[0].id, 100_000)).toBe(true)
    expect(await shortly(bought.id)).toEqual(['STAFF SUCCEEDED 100000'])
    await giveBack(app)
    expect(await told(bought, refunds[0].id, 100_000)).toBe(false)
    const mails = { kind: 'mail-refund', payload: { path: ['refundId'], equals: refunds[0].id } }
    expect(await app.prisma.outbox.count({ where: mails })).toBe(1)
  })

  test('takes the place of what we have not sent yet and no longer fits; what is still owed is asked for anew', async () => {
    const bought = await buy(app, shop)
    await refund(app, shop.token, bought.id, { amount: '20000' })
    await refund(app, shop.token, bought.id, { amount: '50000' })
    await told(bought, 'dashboard-1', 60_000)
    expect(await shortly(bought.id)).toEqual([
      'STAFF PENDING 20000',
      'STAFF CANCELLED 50000',
      'PROVIDER SUCCEEDED 60000',
      'STAFF PENDING 20000',
    ])
    expect(await statusOf(app, bought.id)).toBe('REFUNDED')
    expect(await goodTickets(bought.id)).toBe(0)
    await expectInvariants(app.prisma)
    await giveBack(app)
    expect(await paymentStatus(bought)).toBe('REFUNDED')
  })

  test('of everything ends a refund of everything that waits', async () => {
    for (const method of ['QRIS', 'BCA_VA']) {
      const bought = await buy(app, shop, { method })
      await refund(app, shop.token, bought.id)
      await told(bought, 'dashboard-1', 100_000)
      expect((await shortly(bought.id))[0]).toBe('STAFF CANCELLED 100000')
      expect(await refundsOf(bought.id)).toHaveLength(2)
      expect(await statusOf(app, bought.id)).toBe('REFUNDED')
    }
  })

  test('of money that paid for no order leaves the order alone', async () => {
    for (const rupiah of [100_000, 40_000]) {
      const bought = await checkout(app, shop)
      const { id: orderId, accessToken } = bought
      await app.call('CancelOrder', { input: { orderId, accessToken }, idempotencyKey: key() })
      await notify(app, notificationFor(bought.payment, 'settlement'))
      await told(bought, 'dashboard-1', rupiah)
      expect(await statusOf(app, orderId)).toBe('CANCELLED')
      await expectInvariants(app.prisma)
      await giveBack(app)
      expect(await paymentStatus(bought)).toBe('REFUNDED')
    }
  })

  test('and that is more than was left is taken for what was left', async () => {
    const bought = await buy(app, shop)
    await told(bought, 'dashboard-1', 60_000)
    await told(bought, 'chargeback', 100_000)
    expect(await shortly(bought.id)).toEqual(['PROVIDER SUCCEEDED 60000', 'PROVIDER SUCCEEDED 40000'])
    expect(await statusOf(app, bought.id)).toBe('REFUNDED')
    expect(await told(bought, 'chargeback-2', 1_000)).toBe(false)
  })

  test('with a denial, when staff have paid a part by hand, is what was left: no ticket stays good', async () => {
    const bought = await buy(app, shop, { method: 'PERMATA_VA' })
    const { refunds } = await refund(app, shop.token, bought.id, { amount: '20000' })
    await confirm(app, shop.token, refunds[0].id)
    expect(await statusOf(app, bought.id)).toBe('PARTIALLY_REFUNDED')
    for (let times = 0; times < 2; times += 1)
      expect((await notify(app, notificationFor(bought.payment, 'deny'))).status).toBe(200)
    expect(await shortly(bought.id)).toEqual(['STAFF SUCCEEDED 20000', 'PROVIDER SUCCEEDED 80000'])
    expect(await statusOf(app, bought.id)).toBe('REFUNDED')
    expect(await goodTickets(bought.id)).toBe(0)
    expect(await paymentStatus(bought)).toBe('REFUNDED')
  })

  test('and that cannot be is left alone: of nothing, of another amount, of what never arrived', async () => {
    const bought = await buy(app, shop)
    const { refunds } = await refund(app, shop.token, bought.id, { amount: '20000' })
    await told(bought, 'dashboard-1', 60_000)
    const before = await refundsOf(bought.id)
    for (const [refundKey, rupiah] of [
      ['dashboard-2', 0],
      ['dashboard-2', -1],
      [refunds[0].id, 20_001],
    ] as const)
      expect(await told(bought, refundKey, rupiah)).toBe(false)
    expect(await refundsOf(bought.id)).toEqual(before)
    expect(await told(await checkout(app, shop), 'dashboard-1', 1_000)).toBe(false)
  })
})
