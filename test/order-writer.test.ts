// Orders of one event go through one lane. Where a test must know who stands where in it, it calls the command that the
// mutation calls: over HTTP nobody knows who comes first.
import { randomUUID } from 'node:crypto'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { SoldOut } from '../src/modules/holds/errors.ts'
import { createOrder } from '../src/modules/orders/create-order.ts'
import { guest as nobody } from '../src/platform/caller.ts'
import { Busy, type DomainError, RateLimited } from '../src/platform/errors.ts'
import { endless, type Patience } from '../src/platform/patience.ts'
import { startApp, type TestApp } from './setup/app.ts'
import { addCategory, addEvent, addItem, addOrganizer } from './setup/catalogue.ts'
import { type Category, selling } from './setup/holding.ts'
import { expectInvariants } from './setup/oracle.ts'
import { place as placeIn } from './setup/placing.ts'
import { replicaOf } from './setup/replicas.ts'
import { eventually, guest, key, order } from './setup/shop.ts'
import { statementsOf } from './setup/statements.ts'

let app: TestApp
let locker: Client

beforeAll(async () => {
  app = await startApp({ season: true })
  locker = new Client({ connectionString: app.databaseUrl })
  await locker.connect()
})
afterAll(async () => {
  await locker.end()
  await expectInvariants(app.prisma)
  await app.close()
})

const sell = (quota: number): Promise<Category> => selling(app, quota)

const place = (category: Category, name = 'Budi', patience?: Patience) =>
  placeIn(app, category, patience ? { name, patience } : { name })

const resultOf = ({ body }: Awaited<ReturnType<typeof order>>) => body.data.createOrder

/** Until this is called, whoever wants one of the categories waits for it. */
async function hold(...categories: Category[]): Promise<() => Promise<unknown>> {
  await locker.query('BEGIN')
  for (const { id } of categories)
    await locker.query('SELECT 1 FROM ticket_category WHERE id = $1 FOR UPDATE', [id])
  return () => locker.query('ROLLBACK')
}

describe('what is sold out', () => {
  test('is refused by three SELECTs for 100 buyers at once: no transaction, no lock', async () => {
    const category = await sell(1)
    await place(category)
    await expect(place(category)).rejects.toBeInstanceOf(SoldOut)
    const sent = await statementsOf(async () => {
      const refusals = await Promise.all(
        Array.from({ length: 100 }, () => place(category).catch((error: unknown) => error)),
      )
      expect(refusals.every((one) => one instanceof SoldOut && one.remaining === 0)).toBe(true)
    })
    expect(sent.filter((sql) => !/^\s*SELECT/.test(sql))).toEqual([])
    expect(sent.filter((sql) => sql.includes('FOR UPDATE'))).toEqual([])
    // One buyer alone, then 64, then the rest.
    expect(sent).toHaveLength(3)
  })

  test('is given again by its key to whoever has it', async () => {
    const category = await sell(1)
    const [buyer, idempotencyKey] = [guest(), key()]
    const bought = await order(app, category, { buyer }, idempotencyKey)
    for (let asked = 0; asked < 3; asked++) expect(resultOf(await order(app, category)).remaining).toBe(0)
    const again = await order(app, category, { buyer }, idempotencyKey)
    expect(again.body).toEqual(bought.body)
    expect(again.headers.get('idempotent-replayed')).toBe('true')
    const other = await order(app, category, { buyer, expectedTotal: '1' }, idempotencyKey)
    expect(resultOf(other).__typename).toBe('IdempotencyConflictError')
  })

  test('is sold again by every process as soon as it has come back', async () => {
    const other = await replicaOf(app)
    try {
      const category = await sell(1)
      let bought = resultOf(await order(app, category))
      for (const [giver, taker] of [
        [app, other],
        [other, app],
        [app, app],
      ] as const) {
        // Both know of it now.
        for (const process of [app, other, app, other])
          expect(resultOf(await order(process, category)).__typename).toBe('SoldOutError')
        const input = { orderId: bought.id, accessToken: bought.accessToken }
        const cancelled = await giver.call('CancelOrder', { input, idempotencyKey: key() })
        expect(cancelled.body.data.cancelOrder.status).toBe('CANCELLED')
        bought = resultOf(await order(taker, category))
        expect(bought.__typename).toBe('Order')
      }
    } finally {
      await other.close()
    }
  })

  test('is so for merchandise too, and its neighbours in the lane are sold', async () => {
    const organizer = await addOrganizer(app)
    const event = await addEvent(app, organizer.id)
    const category = await addCategory(app, event.id)
    const item = await addItem(app, organizer.id, { eventId: event.id }, { stock: 1, remaining: 1 })
    const merchandise = [{ variantId: item.variants[0]?.id, quantity: 1 }]
    expect(resultOf(await order(app, category, { merchandise })).__typename).toBe('Order')
    expect(resultOf(await order(app, category, { merchandise })).itemId).toBe(item.variants[0]?.id)
    const sent = await statementsOf(async () => {
      const answers = await Promise.all([
        order(app, category, { merchandise }),
        order(app, category, { tickets: [], merchandise }),
      ])
      expect(answers.map((answer) => resultOf(answer).__typename)).toEqual(['SoldOutError', 'SoldOutError'])
    })
    expect(sent.filter((sql) => sql.startsWith('BEGIN'))).toEqual([])
    const both = await Promise.all([order(app, category, { merchandise }), order(app, category)])
    expect(both.map((answer) => resultOf(answer).__typename)).toEqual(['SoldOutError', 'Order'])
  })

  test('is one thing and too few another: who wants what is left gets it', async () => {
    const category = await sell(2)
    await place(category)
    const two = { tickets: [{ ticketCategoryId: category.id, quantity: 2 }] }
    expect(resultOf(await order(app, category, two)).remaining).toBe(1)
    expect(resultOf(await order(app, category)).__typename).toBe('Order')
  })
})

describe('whoever cannot wait', () => {
  test('for its turn is told at once, with when to come again, and nothing of it is stored', async () => {
    const category = await sell(10)
    const keys = await app.prisma.idempotencyKey.count()
    const release = await hold(category)
    const first = place(category)
    // Before the lock is given back.
    await expect(place(category, 'Ani', { ...endless, left: () => 1 })).rejects.toMatchObject({
      code: 'BUSY',
      httpStatus: 503,
      retryAfterSeconds: 1,
    })
    await release()
    await first
    expect(await app.prisma.order.count({ where: { eventId: category.eventId } })).toBe(1)
    expect(await app.prisma.idempotencyKey.count()).toBe(keys + 1)
  })

  test('any more when its turn comes gets no order, and may ask again with the same key', async () => {
    const category = await sell(10)
    const release = await hold(category)
    let left = 10_000
    const first = place(category)
    const second = expect(place(category, 'Ani', { ...endless, left: () => left })).rejects.toBeInstanceOf(
      Busy,
    )
    const third = place(category)
    left = 0
    await release()
    await second
    await Promise.all([first, third])
    const placed = await app.prisma.order.findMany({ where: { eventId: category.eventId } })
    expect(placed.map(({ buyerName }) => buyerName)).toEqual(['Budi', 'Budi'])
  })
})

describe('whoever is counted while the order begins', () => {
  /** Somebody of whom is known later whether this call was one too many; and how often that was asked. */
  function counted() {
    const { promise, resolve } = Promise.withResolvers<DomainError | null>()
    const refusal = vi.fn(() => promise)
    return { patience: { ...endless, refusal }, end: resolve, asked: () => refusal.mock.calls.length }
  }

  test('alone and refused gets no order, and nothing of it is stored', async () => {
    const category = await sell(1)
    const keys = await app.prisma.idempotencyKey.count()
    const { patience, end } = counted()
    const refused = expect(place(category, 'Ani', patience)).rejects.toBeInstanceOf(RateLimited)
    await eventually(async () => (await idle()) === 1)
    end(new RateLimited(2))
    await refused
    expect((await place(category)).replayed).toBe(false)
    expect(await app.prisma.idempotencyKey.count()).toBe(keys + 1)
  })

  test('and refused takes nothing from the others of the batch', async () => {
    const category = await sell(3)
    const release = await hold(category)
    const first = place(category)
    await eventually(async () => (await waiting()) === 1)
    const { patience, end } = counted()
    const refused = expect(place(category, 'Ani', patience)).rejects.toBeInstanceOf(RateLimited)
    const others = [place(category), place(category)]
    await release()
    await first
    await eventually(async () => (await idle()) === 1)
    end(new RateLimited(2))
    await refused
    await Promise.all(others)
    const placed = await app.prisma.order.findMany({ where: { eventId: category.eventId } })
    expect(placed.map(({ buyerName }) => buyerName)).toEqual(['Budi', 'Budi', 'Budi'])
  })

  test('is counted with the others of the batch, not while it waits for its turn', async () => {
    const category = await sell(2)
    const release = await hold(category)
    const first = place(category)
    await eventually(async () => (await waiting()) === 1)
    const { patience, end, asked } = counted()
    const second = place(category, 'Ani', patience)
    await nextTurn()
    expect(asked()).toBe(0)
    await release()
    await first
    await eventually(async () => asked() === 1)
    end(null)
    expect((await second).order.buyerName).toBe('Ani')
  })

  test('and refused has touched neither the hold nor the code that it names', async () => {
    const category = await sell(2)
    const touched: string[] = []
    const { orderHolds, promoGuesses, ...deps } = app.app.deps
    const watching = {
      ...deps,
      orderHolds: {
        ...orderHolds,
        take: (...args: Parameters<typeof orderHolds.take>) => {
          touched.push('hold')
          return orderHolds.take(...args)
        },
      },
      promoGuesses: {
        watch: (...args: Parameters<typeof promoGuesses.watch>) => {
          touched.push('code')
          return promoGuesses.watch(...args)
        },
      } as typeof promoGuesses,
    }
    for (const named of [{ holdId: 'a-hold' }, { promoCode: 'MURAH' }]) {
      const tickets = [{ ticketCategoryId: category.id, quantity: 1 }]
      const input = { eventId: category.eventId, tickets, buyer: guest(), ...named }
      const patience = { ...endless, refusal: async () => new RateLimited(2) }
      const refused = createOrder(watching, nobody, input, key(), '10.0.0.1', patience)
      await expect(refused).rejects.toBeInstanceOf(RateLimited)
    }
    expect(touched).toEqual([])
  })

  test('and let pass has an order', async () => {
    const category = await sell(1)
    const { patience, end } = counted()
    const placed = place(category, 'Ani', patience)
    await eventually(async () => (await idle()) === 1)
    end(null)
    expect((await placed).order.buyerName).toBe('Ani')
  })
})

/** Transactions that wait for the server to go on. */
async function idle(): Promise<number> {
  const { rows } = await locker.query(
    `SELECT count(*)::int AS n FROM pg_stat_activity
     WHERE datname = current_database() AND application_name = 'karcis' AND state = 'idle in transaction'`,
  )
  return rows[0].n
}

/** Servers that wait for a lock. */
async function waiting(): Promise<number> {
  const { rows } = await locker.query(
    `SELECT count(*)::int AS n FROM pg_stat_activity
     WHERE datname = current_database() AND application_name = 'karcis' AND wait_event_type = 'Lock'`,
  )
  return rows[0].n
}

/** Makes it the turn of another process at a category, whose lane is known as crowded; gives what ends that turn. */
async function turnOfAnother(category: { readonly id: string; readonly eventId: string }) {
  await locker.query('BEGIN')
  // It changes the stock under an order.
  await locker.query('UPDATE ticket_category SET remaining = remaining WHERE id = $1', [category.id])
  const loser = place(category)
  await eventually(async () => (await waiting()) === 1)
  await locker.query('COMMIT')
  await loser
  await locker.query('BEGIN')
  const { rows } = await locker.query(
    `SELECT string_agg(format('turn.%I', tablename), ', ') AS turns FROM pg_tables WHERE schemaname = 'turn'`,
  )
  await locker.query(`LOCK TABLE ${rows[0].turns} IN SHARE ROW EXCLUSIVE MODE`)
  return () => locker.query('ROLLBACK')
}

describe('while a crowded lane waits for its turn', () => {
  test('whoever comes is written in that turn', async () => {
    const category = await sell(60)
    const end = await turnOfAnother(category)
    const first = place(category)
    await eventually(async () => (await waiting()) === 1)
    const others = Array.from({ length: 20 }, () => place(category))
    await end()
    const placed = await Promise.all([first, ...others])
    const written = await locker.query(
      'SELECT DISTINCT xmin::text FROM order_line WHERE order_id = ANY($1)',
      [placed.map(({ order: { id } }) => id)],
    )
    expect(written.rows).toHaveLength(1)
  })

  test('whoever goes gets no order, alone and among others', async () => {
    for (const others of [0, 2]) {
      const category = await sell(60)
      const end = await turnOfAnother(category)
      let left = 10_000
      const gone = expect(place(category, 'Ani', { ...endless, left: () => left })).rejects.toBeInstanceOf(
        Busy,
      )
      await eventually(async () => (await waiting()) === 1)
      const stayed = Array.from({ length: others }, () => place(category))
      left = 0
      await end()
      await gone
      await Promise.all(stayed)
      const placed = await app.prisma.order.findMany({ where: { eventId: category.eventId } })
      expect(placed.map(({ buyerName }) => buyerName)).toEqual(Array(1 + others).fill('Budi'))
    }
  })
})

test('lanes that wait for what somebody has locked keep no other from selling', async () => {
  const [free, ...stuck] = await Promise.all(Array.from({ length: 6 }, () => sell(5)))
  const release = await hold(...stuck)
  const waiting = stuck.map((category) => place(category).finally(() => ended.push(category)))
  const ended: Category[] = []
  expect((await place(free as Category)).replayed).toBe(false)
  expect(ended).toEqual([])
  await release()
  await Promise.all(waiting)
  expect(ended).toHaveLength(5)
})

test('a poison order among 64 costs 12 transactions, and nobody behind it a place in the queue', async () => {
  await app.prisma
    .$executeRaw`ALTER TABLE "order" ADD CONSTRAINT test_poison CHECK (buyer_name <> 'Poison') NOT VALID`
  // One is alone in the first batch. Of the others one is poison and one comes too late.
  const category = await sell(63)
  const sent = await statementsOf(async () => {
    const outcomes = await Promise.all(
      Array.from({ length: 65 }, (_, index) =>
        place(category, index === 40 ? 'Poison' : 'Budi').then(
          () => 'placed',
          (error: unknown) => (error instanceof SoldOut ? 'sold out' : 'failed'),
        ),
      ),
    )
    expect(outcomes[40]).toBe('failed')
    expect(outcomes[64]).toBe('sold out')
    expect(outcomes.filter((one) => one === 'placed')).toHaveLength(63)
  })
  expect(sent.filter((sql) => sql.startsWith('BEGIN'))).toHaveLength(1 + 1 + 12)
})

test('an order takes four statements, and reads no table from end to end', async () => {
  const category = await sell(1_000)
  // Read once in five seconds for all.
  await app.app.deps.openUnits.capsOf(category.eventId, '10.0.0.1', 1)
  const sent = await statementsOf(() => place(category))
  expect(sent).toHaveLength(4)
  const stats = async () => {
    const [row] = await app.prisma.$queryRaw<{ scans: number; placed: number }[]>`
      SELECT sum(seq_scan)::int AS scans, sum(n_tup_ins) FILTER (WHERE relname = 'order')::int AS placed
      FROM pg_stat_user_tables
      WHERE relname IN ('order', 'order_line', 'idempotency_key', 'ticket_category', 'event', 'organizer')`
    return row ?? { scans: 0, placed: 0 }
  }
  // So that PostgreSQL knows how small its tables are, as on the first day.
  await app.prisma.$executeRaw`ANALYZE`
  const before = await stats()
  await Promise.all(Array.from({ length: 200 }, () => place(category)))
  // Each connection tells of what it did once a second, with its next statement.
  await eventually(async () => {
    await place(category)
    return (await stats()).placed >= before.placed + 200
  })
  // Each of an order's foreign keys would be one. The rest is what other tests did.
  const scans = (await stats()).scans - before.scans
  expect(scans).toBeLessThan(200)
})

test('the key of an order keeps no name, no e-mail and no token', async () => {
  const category = await sell(1)
  const buyer = { name: 'Rahasia Sekali', email: `rahasia-${randomUUID()}@karcis.test` }
  const placed = resultOf(await order(app, category, { buyer }))
  const rows = await app.prisma.$queryRaw<{ text: string }[]>`
    SELECT to_jsonb(k)::text AS text FROM idempotency_key k WHERE answer->>'orderId' = ${placed.id}`
  expect(rows).toHaveLength(1)
  expect(rows[0]?.text).not.toMatch(/rahasia/i)
  expect(rows[0]?.text).not.toContain(placed.accessToken)
})
