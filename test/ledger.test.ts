import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { startApp, type TestApp } from './setup/app.ts'
import { expectInvariants } from './setup/oracle.ts'
import { buy, checkout, confirm, giveBack, openShop, refund, type Shop } from './setup/refunds.ts'
import { key, notificationFor, notify } from './setup/shop.ts'
import { hire } from './setup/staff.ts'
import { statementsOf } from './setup/statements.ts'

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

const SUMS =
  'currencyCode captured { amount } refunded { amount } owed { amount } fees { amount } net { amount }'

async function report(eventId = shop.event.id) {
  const document = `query ($id: ID!) { settlementReport(eventId: $id) { totals { ${SUMS} } byMethod { method ${SUMS} } } }`
  const { body } = await app.query(document, { id: eventId }, { token: shop.token })
  expect(body.errors).toBeUndefined()
  return body.data.settlementReport
}

const sums = (captured: string, refunded: string, owed: string, fees: string, net: string) =>
  Object.fromEntries(
    Object.entries({ captured, refunded, owed, fees, net }).map(([name, amount]) => [
      name,
      { amount: `${amount}.00` },
    ]),
  )

const entriesOf = async (paymentId: string) =>
  (await app.prisma.ledgerEntry.findMany({ where: { paymentId }, orderBy: { cause: 'asc' } })).map(
    ({ cause, debit, credit, amountMinor }) =>
      `${cause.split(':')[0]} ${debit} < ${credit} ${amountMinor / 100n}`,
  )

test('a settlement is booked with its fee, once however often it is told', async () => {
  const { payment } = await buy(app, shop)
  await Promise.all(Array.from({ length: 5 }, () => notify(app, notificationFor(payment, 'settlement'))))
  expect(await entriesOf(payment.id)).toEqual([
    'capture CASH_AT_PROVIDER < SALES 100000',
    'fee PROVIDER_FEES < CASH_AT_PROVIDER 700',
  ])
})

test('a settlement writes the ledger in one statement', async () => {
  const { payment } = await checkout(app, shop)
  const statements = await statementsOf(() => notify(app, notificationFor(payment, 'settlement')))
  expect(statements.filter((sql) => sql.includes('ledger_entry'))).toHaveLength(1)
})

test('the report of an event shows gross, refunds, fees and net by method, as the ledger has them', async () => {
  expect(await report()).toEqual({ totals: [], byMethod: [] })
  await buy(app, shop)
  const half = await buy(app, shop, { shirts: 1 })
  const transfer = await buy(app, shop, { method: 'BCA_VA', tickets: 1 })
  await refund(app, shop.token, half.id, { amount: '30000' })
  const byHand = await refund(app, shop.token, transfer.id)
  const before = await report()
  expect(before.byMethod).toMatchObject([
    // Rp 100,000 and Rp 175,000 at 0.7 %.
    { method: 'QRIS', currencyCode: 'IDR', ...sums('275000', '0', '30000', '1925', '243075') },
    { method: 'BCA_VA', ...sums('50000', '0', '50000', '4000', '-4000') },
  ])
  await giveBack(app)
  await confirm(app, shop.token, byHand.refunds[0].id)
  const after = await report()
  expect(after.byMethod).toMatchObject([
    { method: 'QRIS', ...sums('275000', '30000', '0', '1925', '243075') },
    { method: 'BCA_VA', ...sums('50000', '50000', '0', '4000', '-4000') },
  ])
  expect(after.totals).toMatchObject([
    { currencyCode: 'IDR', ...sums('325000', '80000', '0', '5925', '239075') },
  ])
  expect(await entriesOf(transfer.payment.id)).toContain('refund-paid REFUNDS_PAYABLE < CASH_BY_HAND 50000')
})

test('money that paid for no order is owed from the moment it came, and leaves no sale', async () => {
  const { id: orderId, accessToken, payment } = await checkout(app, shop)
  await app.call('CancelOrder', { input: { orderId, accessToken }, idempotencyKey: key() })
  await notify(app, notificationFor(payment, 'settlement'))
  expect((await report()).totals).toMatchObject([sums('100000', '0', '100000', '700', '-700')])
  await giveBack(app)
  expect((await report()).totals).toMatchObject([sums('100000', '100000', '0', '700', '-700')])
})

test('money that the bank takes back stands there as refunded', async () => {
  const { payment } = await buy(app, shop)
  await notify(app, notificationFor(payment, 'deny'))
  expect((await report()).totals).toMatchObject([sums('100000', '100000', '0', '700', '-700')])
  expect(await entriesOf(payment.id)).toContain('refund-paid REFUNDS_PAYABLE < CASH_AT_PROVIDER 100000')
})

test('an event of somebody else has no report, and who may not read reports sees none', async () => {
  const stranger = await openShop(app)
  const document = 'query ($id: ID!) { settlementReport(eventId: $id) { totals { currencyCode } } }'
  const ask = async (token: string) =>
    (await app.query(document, { id: shop.event.id }, { token })).body.errors?.[0].extensions.code
  expect(await ask(stranger.token)).toBe('NOT_FOUND')
  expect(await ask((await hire(app, 'SUPPORT', shop.organizerId)).token)).toBe('FORBIDDEN')
})
