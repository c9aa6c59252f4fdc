// A few rows on one page: PostgreSQL would rather read all of them than look one up. At its isolation whoever has read a row is in
// the way of whoever changes it, so a transaction must find its rows by keys however few there are.
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { cancelOrder } from '../../src/modules/orders/cancel-order.ts'
import { createOrder } from '../../src/modules/orders/create-order.ts'
import { guest as nobody } from '../../src/platform/caller.ts'
import { someAddress, startApp, type TestApp } from '../setup/app.ts'
import { bought } from '../setup/cancelling.ts'
import { expectInvariants } from '../setup/oracle.ts'
import { addPromo, cartOf, newSale } from '../setup/promo.ts'
import { readsOf } from '../setup/reads.ts'
import { guest, key } from '../setup/shop.ts'

let app: TestApp

beforeAll(async () => {
  app = await startApp()
})
beforeEach(() => app.app.deps.metrics.transactionConflicts.reset())
afterAll(async () => {
  await expectInvariants(app.prisma)
  await app.close()
})

const times = <T>(count: number, of: (n: number) => T) => Array.from({ length: count }, (_, n) => of(n))

async function conflicts() {
  const { values } = await app.app.deps.metrics.transactionConflicts.get()
  return values.map(({ labels, value }) => ({ ...labels, value }))
}

type Sale = Awaited<ReturnType<typeof newSale>>

/** Events of as many organizers, and a catalogue that PostgreSQL knows to be small. */
async function fewSales(count: number): Promise<Sale[]> {
  const sales = await Promise.all(times(count, () => newSale(app)))
  await app.prisma.$executeRaw`VACUUM (FULL, ANALYZE) ticket_category`
  return sales
}

/** Places so many orders in each sale at once, by the command: over HTTP batches would be small. */
const buy = (sales: readonly Sale[], each: number, input: (n: number) => object = () => ({})) =>
  Promise.all(
    sales.flatMap(({ regular }, n) =>
      times(each, () =>
        createOrder(
          app.app.deps,
          nobody,
          { ...cartOf(regular), buyer: guest(), ...input(n) },
          key(),
          someAddress(),
        ),
      ),
    ),
  )

test('full batches of two events do not meet in the table of categories', async () => {
  await buy(await fewSales(2), 500)
  expect(await conflicts()).toEqual([])
})

test('nor do batches with other codes in the table of codes', async () => {
  const sales = await fewSales(4)
  const promos = await Promise.all(sales.map(({ organizer }) => addPromo(app, organizer.id)))
  await app.prisma.$executeRaw`VACUUM (FULL, ANALYZE) promo_code`
  await buy(sales, 250, (n) => ({ promoCode: promos[n]?.code }))
  expect(await conflicts()).toEqual([])
})

test('an order with a code, and its cancellation, read no row of another one', async () => {
  const sales = await fewSales(2)
  const promos = await Promise.all(sales.map(({ organizer }) => addPromo(app, organizer.id)))
  await app.prisma.$executeRaw`VACUUM (FULL, ANALYZE) promo_code`
  await buy(sales.slice(1), 1, () => ({ promoCode: promos[1]?.code }))
  const read = await rowsRead(async () => {
    const [placed] = await buy(sales.slice(0, 1), 1, () => ({ promoCode: promos[0]?.code }))
    if (!placed) throw new Error('An order was placed.')
    const { id: orderId, accessToken } = placed.order
    await cancelOrder(app.app.deps, nobody, { orderId, accessToken }, key())
  })
  // Both ask for the state of their event.
  expect(read).toEqual([{ relation: 'event', what: 'tuple', count: 1 }])
})

test('a payment reads no category of another event', async () => {
  const [sale] = await fewSales(20)
  if (!sale) throw new Error('There are sales.')
  const read = await rowsRead(() => bought(app, sale.regular, true))
  expect(read.filter(({ relation }) => relation === 'ticket_category')).toEqual([
    { relation: 'ticket_category', what: 'tuple', count: 1 },
  ])
})

const rowsRead = async (work: () => Promise<unknown>) =>
  (await readsOf(app.databaseUrl, work))
    .filter(({ isIndex }) => !isIndex)
    .map(({ isIndex: _, ...read }) => read)
