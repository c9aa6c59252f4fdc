// Numbers of invoices: none twice, none left out, whoever asks at the same moment.
import { Client } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { invoiceOf, numberInvoices } from '../../src/modules/documents/invoices.ts'
import { startApp, type TestApp } from '../setup/app.ts'
import { addCategory, addEvent, addOrganizer } from '../setup/catalogue.ts'
import { expectInvariants } from '../setup/oracle.ts'
import { eventually, notificationFor, notify, paid, pending } from '../setup/shop.ts'

let app: TestApp

beforeAll(async () => {
  app = await startApp({ season: true })
})
afterAll(() => app.close())

/** A new organizer with an event that sells one category. */
async function shop() {
  const organizer = await addOrganizer(app)
  const event = await addEvent(app, organizer.id)
  const category = await addCategory(app, event.id, { quota: 500 })
  return { organizer, slug: event.slug, category: category.name }
}

const times = <T>(count: number, work: () => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, work))

const invoicesOf = (organizerId: string) =>
  app.prisma.invoice.findMany({ where: { organizerId }, orderBy: [{ number: 'asc' }] })

/** The series is 1, 2, 3 …, as long as there are invoices, and says so itself. */
async function expectNoGap(organizerId: string, count: number): Promise<void> {
  const numbers = (await invoicesOf(organizerId)).map(({ number }) => number)
  expect(numbers).toEqual(Array.from({ length: count }, (_, at) => at + 1))
  const series = await app.prisma.invoiceSeries.findUniqueOrThrow({ where: { organizerId } })
  expect(series.lastNumber).toBe(count)
}

test('20 who ask at once for the invoice of one order read one number', async () => {
  const { organizer, slug, category } = await shop()
  const { order } = await paid(app, slug, category)
  const invoices = await times(20, () => invoiceOf(app.app.deps, order.id))
  expect(new Set(invoices.map((one) => one?.label))).toEqual(
    new Set([`INV/${organizer.slug.toUpperCase()}/000001`]),
  )
  await expectNoGap(organizer.id, 1)
})

test('8 who come to the series at the same moment number everything once', async () => {
  const { organizer, slug, category } = await shop()
  await invoiceOf(app.app.deps, (await paid(app, slug, category)).order.id)
  const orders: Awaited<ReturnType<typeof paid>>[] = []
  for (let bought = 0; bought < 8; bought++) orders.push(await paid(app, slug, category))
  const holder = new Client({ connectionString: app.databaseUrl })
  await holder.connect()
  try {
    await holder.query('BEGIN')
    await holder.query('SELECT 1 FROM invoice_series WHERE organizer_id = $1 FOR UPDATE', [organizer.id])
    const asking = Promise.all(orders.map(({ order }) => invoiceOf(app.app.deps, order.id)))
    await eventually(async () => {
      const { rows } = await holder.query(
        `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
      )
      return rows.length === 8
    })
    await holder.query('COMMIT')
    expect(new Set((await asking).map((one) => one?.label)).size).toBe(8)
  } finally {
    await holder.end()
  }
  await expectNoGap(organizer.id, 9)
})

test('12 orders that are paid, asked for and numbered by three at once get 1 to 12', async () => {
  const { organizer, slug, category } = await shop()
  const orders: Awaited<ReturnType<typeof pending>>[] = []
  for (let placed = 0; placed < 12; placed++) orders.push(await pending(app, slug, category))
  const chores = times(3, async () => {
    for (let round = 0; round < 5; round++) await numberInvoices(app.app.deps)
  })
  const labels = await Promise.all(
    orders.map(async ({ order, payment }) => {
      const settled = notificationFor(payment, 'settlement')
      const [answer] = await Promise.all([notify(app, settled), notify(app, settled)])
      expect(answer.status).toBe(200)
      return (await invoiceOf(app.app.deps, order.id))?.label
    }),
  )
  await chores
  expect(new Set(labels).size).toBe(12)
  await expectNoGap(organizer.id, 12)
  await expectInvariants(app.prisma)
})

test('a transaction that is undone leaves no gap, and organizers do not share a series', async () => {
  const [one, other] = [await shop(), await shop()]
  for (const { slug, category } of [one, other, one]) await paid(app, slug, category)
  const now = app.clock.now.bind(app.clock)
  // The clock is read within the transaction.
  app.clock.now = () => {
    throw new Error('no time')
  }
  await expect(numberInvoices(app.app.deps)).rejects.toThrow('no time')
  app.clock.now = now
  expect((await invoicesOf(one.organizer.id)).map(({ number }) => number)).toEqual([null, null])
  await numberInvoices(app.app.deps)
  await expectNoGap(one.organizer.id, 2)
  await expectNoGap(other.organizer.id, 1)
})

test('the job process numbers what is paid without being asked, oldest payment first', async () => {
  const { organizer, slug, category } = await shop()
  const orders = []
  for (let bought = 0; bought < 3; bought++) orders.push((await paid(app, slug, category)).order.id)
  const worker = await startApp({ jobs: true, environment: { DATABASE_URL: app.databaseUrl } })
  try {
    await eventually(async () => (await invoicesOf(organizer.id)).every(({ number }) => number !== null), 20)
  } finally {
    await worker.close()
  }
  expect((await invoicesOf(organizer.id)).map(({ orderId }) => orderId)).toEqual(orders)
  await expectNoGap(organizer.id, 3)
})

test('an order that was never paid, or cost nothing, gets no invoice', async () => {
  const { slug, category } = await shop()
  const { order } = await pending(app, slug, category)
  expect(await invoiceOf(app.app.deps, order.id)).toBeNull()
  expect(await app.prisma.invoice.count({ where: { orderId: order.id } })).toBe(0)
})
