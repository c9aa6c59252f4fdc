import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { afterEach, expect, test } from 'vitest'
import { openDatabase } from '../../src/platform/prisma.ts'
import { createLog } from '../../src/platform/telemetry.ts'
import { createClient, prepare } from '../setup/app.ts'
import { expectInvariants } from '../setup/oracle.ts'
import { eventually, guest } from '../setup/shop.ts'

const children: ChildProcess[] = []

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
})

async function launch(environment: Readonly<Record<string, string>>, url: string): Promise<ChildProcess> {
  const child = spawn(process.execPath, ['src/main.ts'], {
    env: { PATH: process.env['PATH'], ...environment },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  children.push(child)
  await eventually(async () => (await fetch(`${url}/health/ready`).catch(() => null))?.ok ?? false, 30)
  return child
}

test('kill -9 in the middle of 200 orders loses none that was acknowledged, and retries converge', async () => {
  const { environment, url, drop } = await prepare({ season: true })
  const database = openDatabase({
    url: environment.DATABASE_URL,
    poolSize: 4,
    log: createLog('silent'),
  })
  try {
    const first = await launch(environment, url)
    const client = await createClient(url)
    const event = await database.prisma.event.findUniqueOrThrow({
      where: { slug: 'gelora-kampus' },
      include: { ticketCategories: { where: { name: 'Reguler' } } },
    })
    const requests = Array.from({ length: 200 }, () => ({
      idempotencyKey: randomUUID(),
      input: {
        eventId: event.id,
        tickets: [{ ticketCategoryId: event.ticketCategories[0]?.id, quantity: 1 }],
        buyer: guest(),
      },
    }))
    const acknowledged = new Map<string, string>()
    const place = async (request: (typeof requests)[number]) => {
      const { body } = await client.call('CreateOrder', request)
      acknowledged.set(request.idempotencyKey, body.data.createOrder.id)
    }
    const exited = once(first, 'exit')
    // Eight buyers at a time, so that some are answered, some are in a transaction and some wait when it dies.
    const waiting = [...requests]
    const buyers = Array.from({ length: 8 }, async () => {
      for (let request = waiting.shift(); request; request = waiting.shift()) {
        await place(request).catch(() => undefined)
        if (acknowledged.size >= 60) first.kill('SIGKILL')
      }
    })
    await Promise.all([exited, ...buyers])
    expect(acknowledged.size).toBeGreaterThanOrEqual(60)
    expect(acknowledged.size).toBeLessThan(200)

    await launch(environment, url)
    await expectInvariants(database.prisma, [...acknowledged.values()])
    const told = new Map(acknowledged)
    for (const request of requests) await place(request)
    // Whoever was told of an order is told of the same one again, and everybody has exactly one.
    for (const [key, id] of told) expect(acknowledged.get(key)).toBe(id)
    const buyersServed = requests.map(({ input }) => input.buyer.email)
    expect(await database.prisma.order.count({ where: { buyerEmail: { in: buyersServed } } })).toBe(200)
    await expectInvariants(database.prisma, [...acknowledged.values()])
  } finally {
    for (const child of children.splice(0)) child.kill('SIGKILL')
    await database.close()
    await drop()
  }
}, 90_000)

test('SIGTERM finishes the requests that are under way and then exits with 0', async () => {
  const { environment, url, drop } = await prepare({ season: true })
  try {
    const child = await launch(environment, url)
    const client = await createClient(url)
    const { body } = await client.call('EventDetail', { slug: 'gelora-kampus' }, { method: 'GET' })
    const { event } = body.data
    const tickets = [
      {
        ticketCategoryId: event.ticketCategories.find((one: { name: string }) => one.name === 'Reguler').id,
        quantity: 1,
      },
    ]
    const calls = Array.from({ length: 40 }, () =>
      client.call('CreateOrder', {
        input: { eventId: event.id, tickets, buyer: guest() },
        idempotencyKey: randomUUID(),
      }),
    )
    // All are sent when the signal comes.
    await new Promise((resolve) => setTimeout(resolve, 30))
    const exited = once(child, 'exit')
    child.kill('SIGTERM')
    const answers = await Promise.allSettled(calls)
    const answered = answers.filter((answer) => answer.status === 'fulfilled').map((answer) => answer.value)
    expect(answered.length).toBeGreaterThan(0)
    for (const answer of answered) expect(answer.body.data.createOrder.__typename).toBe('Order')
    expect(await exited).toEqual([0, null])
  } finally {
    await drop()
  }
}, 60_000)
