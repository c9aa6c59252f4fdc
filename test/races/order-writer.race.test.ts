// What the lane of one process cannot know: other processes, and stock that comes back meanwhile.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startApp, type TestApp } from '../setup/app.ts'
import { addCategory, addEvent, addOrganizer } from '../setup/catalogue.ts'
import { expectInvariants } from '../setup/oracle.ts'
import { replicaOf } from '../setup/replicas.ts'
import { key, order } from '../setup/shop.ts'

let app: TestApp
let processes: TestApp[]

beforeAll(async () => {
  app = await startApp({ season: true })
  processes = [app, await replicaOf(app), await replicaOf(app)]
})
afterAll(async () => {
  for (const process of processes.toReversed()) await process.close()
})

async function sell(quota: number) {
  const organizer = await addOrganizer(app)
  const event = await addEvent(app, organizer.id)
  return addCategory(app, event.id, { quota })
}

const at = (index: number): TestApp => processes[index % processes.length] ?? app

/** Each of so many buyers does one thing after the other. */
const buyers = (count: number, act: (buyer: number) => Promise<void>, times: number) =>
  Promise.all(
    Array.from({ length: count }, async (_, buyer) => {
      for (let done = 0; done < times; done++) await act(buyer)
    }),
  )

async function sum(of: (process: TestApp) => Promise<{ values: { value: number }[] }>): Promise<number> {
  const all = await Promise.all(processes.map(of))
  return all.flatMap(({ values }) => values).reduce((total, { value }) => total + value, 0)
}

test('three processes that sell one hot category take turns: few transactions are run again', async () => {
  const category = await sell(10_000)
  const retries = () => sum((process) => process.app.deps.metrics.transactionRetries.get())
  const before = await retries()
  await buyers(
    12,
    async (buyer) => {
      const { body } = await order(at(buyer), category)
      expect(body.data?.createOrder.__typename, JSON.stringify(body)).toBe('Order')
    },
    20,
  )
  // 240 orders, at most four of a process at once: more than 60 transactions, most of which would meet another one.
  expect((await retries()) - before).toBeLessThan(20)
  await expectInvariants(app.prisma)
})

test('tickets that are bought and given back by many at three processes are never lost, nor sold out while there are any', async () => {
  const category = await sell(3)
  await buyers(
    9,
    async (buyer) => {
      const placed = (await order(at(buyer), category)).body.data.createOrder
      expect(['Order', 'SoldOutError']).toContain(placed.__typename)
      if (placed.__typename !== 'Order') return
      const input = { orderId: placed.id, accessToken: placed.accessToken }
      const { body } = await at(buyer + 1).call('CancelOrder', { input, idempotencyKey: key() })
      expect(body.data?.cancelOrder.status, JSON.stringify(body)).toBe('CANCELLED')
    },
    8,
  )
  // All know it as sold out, and all of it is back.
  for (const process of processes) {
    expect((await order(process, category)).body.data.createOrder.__typename).toBe('Order')
  }
  for (const process of processes) {
    expect((await order(process, category)).body.data.createOrder.__typename).toBe('SoldOutError')
  }
  await expectInvariants(app.prisma)
})

test('one key at three processes, in the moment in which the last ticket goes, is one order or none', async () => {
  for (let round = 0; round < 5; round++) {
    const category = await sell(1)
    const keys = Array.from({ length: 4 }, () => ({ idempotencyKey: key(), email: `${key()}@karcis.test` }))
    const answers = await Promise.all(
      keys.flatMap(({ idempotencyKey, email }) =>
        processes.map((process) =>
          order(process, category, { buyer: { name: 'Budi', email } }, idempotencyKey),
        ),
      ),
    )
    const ids = answers.flatMap(({ body }) => body.data?.createOrder.id ?? [])
    expect(new Set(ids).size).toBe(1)
    // Whoever has it gets it again, wherever it asks.
    const owner =
      keys[Math.floor(answers.findIndex(({ body }) => body.data?.createOrder.id) / processes.length)]
    for (const process of processes) {
      const buyer = { name: 'Budi', email: owner?.email }
      const again = await order(process, category, { buyer }, owner?.idempotencyKey)
      expect(again.body.data.createOrder.id).toBe(ids[0])
    }
    expect(await app.prisma.order.count({ where: { eventId: category.eventId } })).toBe(1)
  }
  await expectInvariants(app.prisma)
})
