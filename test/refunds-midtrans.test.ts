// Refunds at the provider itself: what it does with them, and what becomes of them when it or we fail in between.
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { signatureOf } from '../src/modules/payments/notification.ts'
import { refundPayment } from '../src/modules/payments/refund-payment.job.ts'
import { startApp, type TestApp } from './setup/app.ts'
import { type FakeMidtrans, startFakeMidtrans } from './setup/fake-midtrans.ts'
import { expectInvariants } from './setup/oracle.ts'
import { checkout, giveBack, openShop, refund, retry, type Shop } from './setup/refunds.ts'
import { notificationFor, notify } from './setup/shop.ts'

let app: TestApp
let provider: FakeMidtrans
let shop: Shop

beforeAll(async () => {
  provider = await startFakeMidtrans()
  app = await startApp({
    environment: {
      PAYMENT_GATEWAY: 'midtrans',
      MIDTRANS_URL: provider.url,
      MIDTRANS_SERVER_KEY: provider.serverKey,
    },
  })
})
beforeEach(async () => {
  shop = await openShop(app)
})
afterAll(async () => {
  await expectInvariants(app.prisma)
  await app.close()
  await provider.close()
})

/** An order of two tickets that the provider's buyer has paid. */
async function bought() {
  const { id, payment } = await checkout(app, shop)
  provider.become(payment.id, 'settlement')
  const said = notificationFor(payment, 'settlement')
  const signed = { ...said, signature_key: signatureOf(said, provider.serverKey) }
  expect((await notify(app, signed)).status).toBe(200)
  const given = () => provider.orders.get(payment.id)?.refunds ?? []
  const row = () => app.prisma.refund.findFirstOrThrow({ where: { orderId: id }, orderBy: { id: 'desc' } })
  return { id, given, row }
}

test('a refund goes to the provider once under our id, also when it is asked for by many jobs', async () => {
  const { id, given, row } = await bought()
  await refund(app, shop.token, id, { amount: '30000' })
  const { id: refundId } = await row()
  await Promise.all(Array.from({ length: 3 }, () => refundPayment(app.app.deps, { refundId })))
  expect(given()).toEqual([{ refund_key: refundId, refund_amount: '30000.00' }])
  expect((await row()).status).toBe('SUCCEEDED')
})

test('an answer that is lost, and a process that dies before it is noted, give back once', async () => {
  const { id, given, row } = await bought()
  await refund(app, shop.token, id)
  const { id: refundId } = await row()
  // The provider has done it, and nobody heard.
  provider.next('lose', 'drop', 'drop')
  await expect(refundPayment(app.app.deps, { refundId })).rejects.toThrow('Midtrans, refund')
  expect((await row()).status).toBe('PENDING')
  provider.forgetIdempotencyKeys()
  // The provider says yes, and the process is killed before its transaction.
  const { gateway } = app.app.deps
  const killed = {
    ...gateway,
    refund: (asked: Parameters<typeof gateway.refund>[0]) =>
      gateway.refund(asked).then(() => Promise.reject(new Error('killed'))),
  }
  await expect(refundPayment({ ...app.app.deps, gateway: killed }, { refundId })).rejects.toThrow('killed')
  provider.forgetIdempotencyKeys()
  await giveBack(app)
  expect(given()).toEqual([{ refund_key: refundId, refund_amount: '100000.00' }])
  expect((await row()).status).toBe('SUCCEEDED')
})

test('a refusal ends the trying and stays with its reason until staff try again', async () => {
  const { id, given, row } = await bought()
  await refund(app, shop.token, id)
  const { id: refundId } = await row()
  const calls = () => provider.seen.filter(({ path }) => path.endsWith('/refund')).length
  for (const code of ['412', '414']) {
    const before = calls()
    // 412 is looked into: perhaps nothing is left because of this very refund.
    provider.next({ say: { status: 200, body: { status_code: code } } })
    await giveBack(app)
    expect(await row()).toMatchObject({ status: 'FAILED', failure: `Midtrans, refund: answered ${code}` })
    expect(calls()).toBe(before + 1)
    expect((await retry(app, shop.token, refundId)).status).toBe('PENDING')
  }
  await giveBack(app)
  expect((await row()).status).toBe('SUCCEEDED')
  expect(given()).toHaveLength(1)
})

test('a key of ours that the provider does not take is nobody’s refusal: the refund goes on waiting', async () => {
  const { id, row } = await bought()
  await refund(app, shop.token, id)
  provider.next({ say: { status: 401, body: { status_code: '401' } } })
  const { id: refundId } = await row()
  await expect(refundPayment(app.app.deps, { refundId })).rejects.toThrow('answered 401')
  expect((await row()).status).toBe('PENDING')
})
