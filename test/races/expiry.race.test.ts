import { Client } from 'pg'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createExpirySweep } from '../../src/modules/orders/expire-orders.ts'
import type { PrismaClient } from '../../src/platform/prisma.ts'
import { startApp, type TestApp } from '../setup/app.ts'
import { addCategory, addEvent, addItem, addOrganizer } from '../setup/catalogue.ts'
import { ORDER_TTL_SECONDS, sweep } from '../setup/expiry.ts'
import { expectInvariants } from '../setup/oracle.ts'
import { replicaOf } from '../setup/replicas.ts'
import { eventually, key, notificationFor, notify, order, statusOf } from '../setup/shop.ts'

let app: TestApp
let workers: TestApp[]

beforeEach(async () => {
  app = await startApp()
  workers = [app, ...(await Promise.all([replicaOf(app), replicaOf(app), replicaOf(app)]))]
})
afterEach(async () => {
  for (const worker of workers.toReversed()) await worker.close()
})

const timePasses = () => {
  for (const worker of workers) worker.clock.advance(ORDER_TTL_SECONDS + 1)
}

const allSweep = () => Promise.all(workers.map((worker) => sweep(worker)))

async function addSale(quota: number) {
  const organizer = await addOrganizer(app)
  const event = await addEvent(app, organizer.id)
  const category = await addCategory(app, event.id, { quota })
  const item = await addItem(app, organizer.id, {}, { stock: quota, remaining: quota })
  return { category, variantId: item.variants[0]?.id ?? '' }
}

type Sale = Awaited<ReturnType<typeof addSale>>

async function place({ category, variantId }: Sale) {
  const { body } = await order(app, category, { merchandise: [{ variantId, quantity: 1 }] })
  expect(body.data?.createOrder.__typename, JSON.stringify(body)).toBe('Order')
  return body.data.createOrder
}

const placeMany = (sale: Sale, count: number) => Promise.all(Array.from({ length: count }, () => place(sale)))

async function openPayment({ id: orderId, accessToken }: { id: string; accessToken: string }) {
  const variables = { input: { orderId, accessToken, method: 'QRIS' }, idempotencyKey: key() }
  const { id } = (await app.call('PayOrder', variables)).body.data.payOrder
  const { amountMinor: minor, currencyCode } = await app.prisma.payment.findUniqueOrThrow({ where: { id } })
  return { id, amount: { minor, currencyCode } }
}

async function leftOf({ category, variantId }: Sale): Promise<number[]> {
  const [tickets, shirts] = await Promise.all([
    app.prisma.ticketCategory.findUniqueOrThrow({ where: { id: category.id } }),
    app.prisma.merchandiseVariant.findUniqueOrThrow({ where: { id: variantId } }),
  ])
  return [tickets.remaining, shirts.remaining]
}

const endingsOf = (ids: string[], status: string) =>
  app.prisma.$queryRaw<{ count: number }[]>`
    SELECT count(*)::int FROM test_transition WHERE after = ${status} AND id = ANY (${ids}::uuid[])`

test('four workers end 300 due orders once, while 30 of them are paid at the same moment', async () => {
  const sale = await addSale(300)
  const placed = await placeMany(sale, 300)
  const payments = await Promise.all(placed.slice(0, 30).map(openPayment))
  timePasses()
  const [ended] = await Promise.all([
    allSweep(),
    ...payments.map(async (payment, at) => {
      // A provider that is told to come again does.
      const settled = notificationFor(payment, 'settlement')
      await eventually(async () => {
        const { status } = await notify(workers[at % 4] ?? app, settled)
        expect([200, 503]).toContain(status)
        return status === 200
      }, 25)
    }),
  ])
  // What was being paid when its turn came was left for later.
  const swept = [...ended, ...(await allSweep())].reduce((sum, count) => sum + count, 0)
  const ids = placed.map(({ id }) => id)
  const [expired] = await endingsOf(ids, 'EXPIRED')
  expect(expired?.count).toBe(swept)
  const states = await app.prisma.order.groupBy({
    by: ['status'],
    where: { id: { in: ids } },
    _count: true,
    orderBy: { status: 'asc' },
  })
  // Late money found its stock again.
  expect(Object.fromEntries(states.map(({ status, _count }) => [status, _count]))).toEqual({
    PAID: 30,
    EXPIRED: 270,
  })
  expect(await leftOf(sale)).toEqual([270, 270])
  await expectInvariants(app.prisma, ids)
})

test('an order that is paid after the sweep has seen it as due stays paid', async () => {
  const sale = await addSale(10)
  const placed = await placeMany(sale, 5)
  const [first] = placed
  const payment = first && (await openPayment(first))
  timePasses()
  const { deps } = app.app
  // The moment between the sweep's look and its transaction.
  const prisma: PrismaClient = new Proxy(deps.prisma, {
    get(target, name) {
      const member = Reflect.get(target, name)
      if (name !== '$transaction') return member
      return async (...args: unknown[]) => {
        if (payment) await notify(app, notificationFor(payment, 'settlement'))
        return Reflect.apply(member, target, args)
      }
    },
  })
  expect(await createExpirySweep({ ...deps, prisma })()).toBe(4)
  expect(await statusOf(app, first?.id)).toBe('PAID')
  expect(await leftOf(sale)).toEqual([9, 9])
  await expectInvariants(app.prisma)
})

test('100 orders that are cancelled and expire at the same moment give their stock back once', async () => {
  const sale = await addSale(100)
  const placed = await placeMany(sale, 100)
  timePasses()
  const cancel = async ({ id: orderId, accessToken }: { id: string; accessToken: string }) => {
    const variables = { input: { orderId, accessToken }, idempotencyKey: key() }
    const { body } = await app.call('CancelOrder', variables)
    expect(['Order', 'OrderStateError'], JSON.stringify(body)).toContain(body.data?.cancelOrder.__typename)
  }
  await Promise.all([allSweep(), ...placed.slice(0, 50).map(cancel)])
  await allSweep()
  expect(await leftOf(sale)).toEqual([100, 100])
  await expectInvariants(
    app.prisma,
    placed.map(({ id }) => id),
  )
})

test('what expires in the middle of a rush is sold again, none of it twice', async () => {
  const sale = await addSale(60)
  await placeMany(sale, 60)
  timePasses()
  let sold = 0
  // Sold out is no answer for a buyer who knows that others did not pay.
  const buyer = async () => {
    await eventually(async () => {
      const { body } = await order(app, sale.category)
      const bought = body.data?.createOrder.__typename === 'Order'
      if (bought) sold += 1
      return bought || sold === 60
    }, 20)
  }
  await Promise.all([allSweep(), ...Array.from({ length: 60 }, buyer)])
  expect(sold).toBe(60)
  expect(await leftOf(sale)).toEqual([0, 60])
  await expectInvariants(app.prisma)
})

test('an order whose row is locked holds up no other, and is ended when it is free', async () => {
  const sale = await addSale(10)
  const placed = await placeMany(sale, 10)
  timePasses()
  const busy = new Client({ connectionString: app.databaseUrl })
  await busy.connect()
  try {
    await busy.query('BEGIN')
    await busy.query('SELECT 1 FROM "order" WHERE id = $1 FOR UPDATE', [placed[3]?.id])
    expect(await sweep(app)).toBe(9)
    expect(await leftOf(sale)).toEqual([9, 9])
    await busy.query('ROLLBACK')
  } finally {
    await busy.end()
  }
  expect(await sweep(app)).toBe(1)
  await expectInvariants(app.prisma)
})

test('while one worker has an event, another ends the orders of the next', async () => {
  const [taken, free] = [await addSale(5), await addSale(5)]
  for (const sale of [taken, free]) await placeMany(sale, 5)
  timePasses()
  const busy = new Client({ connectionString: app.databaseUrl })
  await busy.connect()
  try {
    await busy.query('BEGIN')
    await busy.query('SELECT 1 FROM event WHERE id = $1 FOR NO KEY UPDATE', [taken.category.eventId])
    expect(await sweep(app)).toBe(5)
    expect([await leftOf(taken), await leftOf(free)]).toEqual([
      [0, 0],
      [5, 5],
    ])
    await busy.query('ROLLBACK')
  } finally {
    await busy.end()
  }
  expect(await sweep(app)).toBe(5)
  await expectInvariants(app.prisma)
})
