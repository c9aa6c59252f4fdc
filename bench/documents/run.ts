// npm run bench:documents [-- --seconds N]: what a buyer waits for an order, and how long the event loop was late, while guests ask
// for documents without end: 50 connections on a small one, on one of 1,000 tickets, and on many small ones of many networks.
// Prints a table.
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { newId } from '../../src/platform/ids.ts'
import type { Server } from '../children.ts'
import { median, percentile } from '../figures.ts'
import { runBench } from '../lifecycle.ts'
import { metricOf } from '../metrics.ts'
import { documentIdOf } from '../operations.ts'
import { networkOf } from '../requests.ts'
import { buildStand, type Stand } from '../stand.ts'

const { values } = parseArgs({ options: { seconds: { type: 'string', default: '10' } } })
const SECONDS = Number(values.seconds)
const CONNECTIONS = 50
// A buyer's clicks, so slow that they are in nobody's way.
const ORDER_EVERY_MS = 100

let people = 0
const someone = () => networkOf((people++).toString(16))

async function call(port: number, name: string, variables: object) {
  const answer = await fetch(`http://127.0.0.1:${port}/graphql`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'X-Forwarded-For': someone() },
    body: JSON.stringify({ documentId: documentIdOf(name), variables }),
  })
  return (await answer.json()) as { data: Record<string, Record<string, unknown> | null> }
}

/** A free category, so that an order has its tickets at once. */
async function addCategory({ database }: Stand, eventId: string): Promise<string> {
  const id = newId()
  await database.query(
    `INSERT INTO ticket_category (id, event_id, name, price_minor, currency_code, quota, remaining, max_per_order)
     VALUES ($1, $2, 'Undangan', 0, 'IDR', 100000, 100000, 100)`,
    [id, eventId],
  )
  return id
}

async function place(
  port: number,
  eventId: string,
  tickets: { ticketCategoryId: string; quantity: number }[],
) {
  const buyer = { name: 'Budi Santoso', email: `${newId()}@karcis.test` }
  const input = { eventId, tickets, buyer }
  const { data } = await call(port, 'CreateOrder', { input, idempotencyKey: newId() })
  const order = data['createOrder']
  if (order?.['__typename'] !== 'Order') throw new Error(JSON.stringify(data))
  return { id: String(order['id']), accessToken: String(order['accessToken']) }
}

async function linksOf(port: number, order: { id: string; accessToken: string }): Promise<string[]> {
  const { data } = await call(port, 'OrderDocuments', order)
  const documents = data['order']?.['documents'] as Record<string, string>
  return ['ticketsPdf', 'ticketPage'].map((name) => new URL(documents[name] ?? '').pathname)
}

interface Seen {
  readonly orders: readonly number[]
  readonly statuses: ReadonlyMap<number, number>
  readonly latestMs: number
}

/** Orders at a steady rate, beside `connections` that ask for these addresses. `network`: who the next one is. */
async function watch(
  server: Server,
  stand: Stand,
  order: () => Promise<unknown>,
  addresses: readonly string[],
  network: () => string,
): Promise<Seen> {
  // Each reading begins the next stretch of the lag.
  await metricOf(stand, server, 'nodejs_eventloop_lag_max_seconds')
  const until = performance.now() + SECONDS * 1_000
  const statuses = new Map<number, number>()
  const ask = async (first: number) => {
    for (let n = first; addresses.length > 0 && performance.now() < until; n++) {
      const url = `http://127.0.0.1:${server.port}${addresses[n % addresses.length]}`
      const answer = await fetch(url, { headers: { 'X-Forwarded-For': network() } })
      await answer.arrayBuffer()
      statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1)
      // Who is refused at once asks on at once only in a load test of refusals.
      if (answer.status !== 200) await sleep(10)
    }
  }
  const flood = Array.from({ length: CONNECTIONS }, (_, n) => ask(n))
  const orders: number[] = []
  while (performance.now() < until) {
    const began = performance.now()
    await order()
    orders.push(performance.now() - began)
    await sleep(ORDER_EVERY_MS)
  }
  const latest = (await metricOf(stand, server, 'nodejs_eventloop_lag_max_seconds')) ?? 0
  await Promise.all(flood)
  return { orders, statuses, latestMs: latest * 1_000 }
}

function row(name: string, { orders, statuses, latestMs }: Seen): string {
  const figures = [median(orders), percentile(orders)(0.95), latestMs].map((ms) => ms.toFixed(0))
  const told = [...statuses].sort().map(([status, count]) => `${count} × ${status}`)
  return `| ${[name, ...figures, told.join(', ')].join(' | ')} |`
}

await runBench(10, async (bench) => {
  const stand = await buildStand(bench.closings)
  const { rows } = await stand.database.query<{ id: string }>(
    "SELECT id FROM event WHERE slug = 'gelora-kampus'",
  )
  const eventId = rows[0]?.id ?? ''
  const categories: string[] = []
  for (let n = 0; n < 10; n++) categories.push(await addCategory(stand, eventId))
  const [ticketCategoryId = ''] = categories
  const server = await stand.startKarcis('any')
  const { port } = server
  const order = () => place(port, eventId, [{ ticketCategoryId, quantity: 1 }])
  const small = await linksOf(port, await place(port, eventId, [{ ticketCategoryId, quantity: 2 }]))
  const large = await linksOf(
    port,
    await place(
      port,
      eventId,
      categories.map((id) => ({ ticketCategoryId: id, quantity: 100 })),
    ),
  )
  const many: string[] = []
  for (let n = 0; n < 100; n++) many.push(...(await linksOf(port, await order())))
  const flooder = someone()
  const one = () => flooder
  console.log('| beside | median ms | p95 ms | loop late, at most, ms | answers |')
  console.log('|---|---|---|---|---|')
  const parts: [string, readonly string[], () => string][] = [
    ['nothing', [], one],
    ['a small document, one network', small, one],
    ['1,000 tickets, one network', large, one],
    ['200 small documents, many networks', many, someone],
    ['nothing', [], one],
  ]
  for (const [name, addresses, network] of parts) {
    bench.progress(name)
    console.log(row(name, await watch(server, stand, order, addresses, network)))
  }
  return 0
})
