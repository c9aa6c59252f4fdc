// What holds when an event is called off while it is being sold, paid and called off by others.
import { Client } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startApp, type TestApp } from '../setup/app.ts'
import { bought, cancelling, endOrders, staged } from '../setup/cancelling.ts'
import { pendingGoods } from '../setup/goods.ts'
import { expectInvariants } from '../setup/oracle.ts'
import { eventually, key, notificationFor, notify, order, statusOf } from '../setup/shop.ts'

let app: TestApp
type Show = Awaited<ReturnType<typeof staged>>

beforeAll(async () => {
  app = await startApp({ season: true })
  // In a table of a page or two every key is a neighbour of every other, and PostgreSQL sees conflicts where there are none.
  await app.prisma.$executeRaw`
    INSERT INTO idempotency_key (id, input_hash, answer, expires_at)
    SELECT gen_random_uuid(), '', '{}', now() + interval '1 day' FROM generate_series(1, 20000)`
})
afterAll(() => app.close())

/** Runs `work` while somebody else has the rows of this statement locked, and lets go after `meanwhile`. */
async function whileLocked<T>(statement: string, work: () => Promise<T>, meanwhile: () => Promise<unknown>) {
  const other = new Client({ connectionString: app.databaseUrl })
  await other.connect()
  try {
    await other.query('BEGIN')
    await other.query(statement)
    const working = work()
    await eventually(async () => {
      const rows = await app.prisma.$queryRaw<object[]>`
        SELECT 1 FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
        WHERE NOT l.granted AND a.datname = current_database()`
      return rows.length > 0
    })
    await meanwhile()
    await other.query('COMMIT')
    return await working
  } finally {
    await other.end()
  }
}

test.each([
  ['that costs nothing', 0n],
  ['that waits for payment', 5_000_000n],
])(
  'an order %s that had read the event before it was called off is not placed after',
  async (_what, priceMinor) => {
    const show = await staged(app, { priceMinor })
    const placed = await whileLocked(
      `SELECT 1 FROM ticket_category WHERE id = '${show.category.id}' FOR UPDATE`,
      () => order(app, show.category),
      async () => expect((await cancelling(app, show)).status).toBe('CANCELLED'),
    )
    expect(placed.body.data.createOrder.__typename).toBe('SaleClosedError')
    expect(await app.prisma.order.count({ where: { eventId: show.event.id } })).toBe(0)
  },
)

const unpaid = {
  tickets: ({ category }: Show) => bought(app, category, false),
  merchandise: async ({ owner, event }: Show) => {
    const goods = await pendingGoods(app, { id: owner.organizerId }, 1, { eventId: event.id })
    return { id: goods.order.id as string, payment: goods.payment }
  },
}

test.each(Object.entries(unpaid))(
  'a settlement of %s that had read the event before it was called off is refunded',
  async (_what, buy) => {
    const show = await staged(app)
    const { id, payment } = await buy(show)
    const settled = await whileLocked(
      `SELECT 1 FROM "order" WHERE id = '${id}' FOR UPDATE`,
      () => notify(app, notificationFor(payment, 'settlement')),
      () => cancelling(app, show),
    )
    expect(settled.status).toBe(200)
    await endOrders(app)
    expect(await statusOf(app, id)).toBe('CANCELLED')
    expect(await app.prisma.ticket.count({ where: { orderId: id } })).toBe(0)
    expect(await app.prisma.fulfilment.count({ where: { orderId: id } })).toBe(0)
    expect(await app.prisma.refund.count({ where: { orderId: id } })).toBe(1)
    await expectInvariants(app.prisma)
  },
)

test('of 100 orders placed while the event is called off, none is placed after, and none is left', async () => {
  const show = await staged(app, { priceMinor: 0n, quota: 200 })
  const asking = Array.from({ length: 100 }, () => order(app, show.category))
  await Promise.any(asking)
  await cancelling(app, show)
  const then = await app.prisma.order.count({ where: { eventId: show.event.id } })
  const results = (await Promise.all(asking)).map(({ body }) => body.data.createOrder.__typename)
  expect(results.filter((name) => name === 'Order')).toHaveLength(then)
  expect(results.filter((name) => name !== 'Order' && name !== 'SaleClosedError')).toEqual([])
  expect(await app.prisma.order.count({ where: { eventId: show.event.id } })).toBe(then)
  await endOrders(app)
  expect(await app.prisma.order.count({ where: { eventId: show.event.id, status: 'REFUNDED' } })).toBe(then)
  await expectInvariants(app.prisma)
})

test('an event called off 20 times at once is called off once', async () => {
  const show = await staged(app)
  const once = key()
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, n) => cancelling(app, show, n % 2 ? once : key())),
  )
  expect(answers.map(({ status }) => status)).toEqual(Array(20).fill('CANCELLED'))
  const jobs = await app.prisma.outbox.groupBy({
    by: ['kind'],
    where: { payload: { path: ['eventId'], equals: show.event.id } },
    _count: true,
    orderBy: { kind: 'asc' },
  })
  expect(jobs.map(({ kind, _count }) => [kind, _count])).toEqual([
    ['call-off-orders', 1],
    ['event.cancelled', 1],
  ])
  expect(await app.prisma.auditEntry.count({ where: { targetId: show.event.id } })).toBe(1)
  await endOrders(app)
})

test('payments that arrive while it is called off, and jobs that run twice at once, leave no ticket and no money', async () => {
  const show = await staged(app)
  const orders = await Promise.all(Array.from({ length: 12 }, () => bought(app, show.category, false)))
  const settle = async ({ payment }: (typeof orders)[number]) =>
    expect((await notify(app, notificationFor(payment, 'settlement'))).status).toBe(200)
  await Promise.all(orders.slice(0, 4).map(settle))
  await Promise.all([...orders.slice(4, 8).map(settle), cancelling(app, show)])
  await Promise.all([...orders.slice(8).map(settle), endOrders(app), endOrders(app)])
  await endOrders(app)
  for (const { id } of orders) {
    expect(['REFUNDED', 'CANCELLED']).toContain(await statusOf(app, id))
    const refunds = await app.prisma.refund.findMany({ where: { orderId: id } })
    expect(refunds.map(({ amountMinor }) => amountMinor)).toEqual([5_000_000n])
  }
  const good = { eventId: show.event.id, status: { not: 'REVOKED' } } as const
  expect(await app.prisma.ticket.count({ where: good })).toBe(0)
  const stock = await app.prisma.ticketCategory.findUniqueOrThrow({ where: { id: show.category.id } })
  expect(stock.remaining).toBe(stock.quota)
  await expectInvariants(app.prisma)
})
