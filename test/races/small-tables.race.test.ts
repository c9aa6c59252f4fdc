// A few rows on one page: PostgreSQL would rather read all of them than look one up. At its isolation whoever has read a row is in
// the way of whoever changes it, so a transaction must find its rows by keys however few there are.
import { Client } from 'pg'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { cancelOrder } from '../../src/modules/orders/cancel-order.ts'
import { createOrder } from '../../src/modules/orders/create-order.ts'
import { guest as nobody } from '../../src/platform/caller.ts'
import { startApp, type TestApp } from '../setup/app.ts'
import { bought } from '../setup/cancelling.ts'
import { expectInvariants } from '../setup/oracle.ts'
import { addPromo, cartOf, newSale } from '../setup/promo.ts'
import { guest, key } from '../setup/shop.ts'

let app: TestApp
let other: Client

beforeAll(async () => {
  app = await startApp()
  other = new Client({ connectionString: app.databaseUrl })
  await other.connect()
})
beforeEach(() => app.app.deps.metrics.transactionConflicts.reset())
afterAll(async () => {
  await other.end()
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
          '10.0.0.1',
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
  // What was read is remembered as long as a transaction is under way that was so at the same time.
  await other.query('BEGIN ISOLATION LEVEL SERIALIZABLE; SELECT 1 FROM organizer')
  const [placed] = await buy(sales.slice(0, 1), 1, () => ({ promoCode: promos[0]?.code }))
  if (!placed) throw new Error('An order was placed.')
  const { id: orderId, accessToken } = placed.order
  await cancelOrder(app.app.deps, nobody, { orderId, accessToken }, key())
  // What it writes itself it need not remember to have read. Both ask for the state of their event.
  expect(await readRows()).toEqual([{ table: 'event', what: 'tuple', count: 1 }])
})

test('a payment reads no category of another event', async () => {
  const [sale] = await fewSales(20)
  if (!sale) throw new Error('There are sales.')
  await other.query('BEGIN ISOLATION LEVEL SERIALIZABLE; SELECT 1 FROM organizer')
  await bought(app, sale.regular, true)
  const read = await readRows()
  expect(read.filter(({ table }) => table === 'ticket_category')).toEqual([
    { table: 'ticket_category', what: 'tuple', count: 1 },
  ])
})

/** How many rows, pages or tables serializable transactions have read since `other` began, which it ends; each counts once. */
async function readRows(): Promise<{ table: string; what: string; count: number }[]> {
  const { rows } = await other.query(`
    SELECT relation::regclass::text AS table, locktype AS what, count(DISTINCT (page, tuple))::int
    FROM pg_locks JOIN pg_class ON pg_class.oid = relation
    WHERE mode = 'SIReadLock' AND relkind = 'r' AND relation <> 'organizer'::regclass
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
    GROUP BY 1, 2`)
  await other.query('ROLLBACK')
  return rows
}
