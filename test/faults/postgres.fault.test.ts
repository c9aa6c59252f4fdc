// PostgreSQL goes away under the sale, in every way in which it can: at the worst moment of a commit, with all sessions
// and with one. Buyers are told to ask again, and asking again places one order.
import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Answer, startApp, type TestApp } from '../setup/app.ts'
import { addCategory, addEvent, addOrganizer } from '../setup/catalogue.ts'
import { expectInvariants } from '../setup/oracle.ts'
import type { Cut } from '../setup/postgres-wire.ts'
import { type PrivatePostgres, privatePostgres } from '../setup/private-postgres.ts'
import { buy, expectRetryable, openSale, purchaseOf } from '../setup/sale.ts'
import { eventually, key, notificationFor, notify, statusOf } from '../setup/shop.ts'
import { hire, mutate } from '../setup/staff.ts'

let postgres: PrivatePostgres
let app: TestApp
let category: { id: string; eventId: string }

beforeAll(async () => {
  postgres = await privatePostgres()
  app = await startApp({ environment: { DATABASE_URL: postgres.url } })
})
afterAll(async () => {
  await app?.close()
  await postgres?.stop()
})
beforeEach(async () => {
  postgres.wire.spare()
  const event = await addEvent(app, (await addOrganizer(app)).id)
  category = await addCategory(app, event.id, { quota: 1_000 })
})

async function placed() {
  const { body } = await buy(app, purchaseOf(category))
  const { id: orderId, accessToken } = body.data.createOrder
  return { orderId, accessToken }
}

/** Does something whose connection is cut, and gives what it was answered. */
async function cut<T>(where: Cut, work: () => Promise<T>, after = 0): Promise<T> {
  let isCut = false
  postgres.wire.cut(where, after).then(() => {
    isCut = true
  })
  const answer = await work()
  expect(isCut).toBe(true)
  return answer
}

const replayed = ({ headers }: Answer): boolean => headers.get('idempotent-replayed') === 'true'

/** A session of the test's own, past the wire's cuts and the server's pool. */
async function session(): Promise<Client> {
  const client = new Client({ connectionString: postgres.url })
  await client.connect()
  return client
}

describe.each<Cut>(['before COMMIT arrives', 'after COMMIT, before its answer'])(
  'a connection that is cut %s',
  (where) => {
    const isCommitted = where.startsWith('after')

    test('of createOrder is told to ask again, and the same key places the order or is told of it', async () => {
      const purchase = purchaseOf(category)
      const answer = await cut(where, () => buy(app, purchase))
      expect(expectRetryable(answer)).toBe('503 SERVICE_UNAVAILABLE')
      const { email: buyerEmail } = purchase.input.buyer
      expect(await app.prisma.order.count({ where: { buyerEmail } })).toBe(isCommitted ? 1 : 0)
      const again = await buy(app, purchase)
      expect(again.body.data.createOrder.__typename).toBe('Order')
      expect(replayed(again)).toBe(isCommitted)
      expect((await buy(app, purchase)).body).toEqual(again.body)
      expect(await app.prisma.order.count({ where: { buyerEmail } })).toBe(1)
      await expectInvariants(app.prisma, [again.body.data.createOrder.id])
    })

    test('of cancelOrder leaves a state that the same key ends in, with the stock back once', async () => {
      const variables = { input: await placed(), idempotencyKey: key() }
      const answer = await cut(where, () => app.call('CancelOrder', variables))
      expect(expectRetryable(answer)).toBe('503 SERVICE_UNAVAILABLE')
      const again = await app.call('CancelOrder', variables)
      expect(again.body.data.cancelOrder.status).toBe('CANCELLED')
      expect(replayed(again)).toBe(isCommitted)
      const { remaining, quota } = await app.prisma.ticketCategory.findUniqueOrThrow({
        where: { id: category.id },
      })
      expect(remaining).toBe(quota)
      await expectInvariants(app.prisma)
    })

    test.each([
      ['claim', 0],
      ['answer', 1],
    ])(
      'of payOrder, at the commit of its %s, opens one payment under the same key',
      async (_which, after) => {
        const variables = { input: { ...(await placed()), method: 'QRIS' }, idempotencyKey: key() }
        const answer = await cut(where, () => app.call('PayOrder', variables), after)
        expect(expectRetryable(answer)).toBe('503 SERVICE_UNAVAILABLE')
        const again = await app.call('PayOrder', variables)
        expect(again.body.data.payOrder.__typename).toBe('Payment')
        const { orderId } = variables.input
        expect(await app.prisma.payment.count({ where: { orderId } })).toBe(1)
      },
    )

    test('of a command without a key is not run again by us', async () => {
      const { organizerId, token } = await hire(app, 'OWNER')
      const { id: eventId } = await addEvent(app, organizerId)
      const input = { eventId, name: 'Umum', price: '1000', quota: 5 }
      const answer = await cut(where, () => mutate(app, 'createTicketCategory', { input }, token))
      expect(expectRetryable(answer)).toBe('503 SERVICE_UNAVAILABLE')
      expect(await app.prisma.ticketCategory.count({ where: { eventId } })).toBe(isCommitted ? 1 : 0)
    })

    test('of a settlement is told to come again, and its tickets are issued once', async () => {
      const { orderId, accessToken } = await placed()
      const paying = await app.call('PayOrder', {
        input: { orderId, accessToken, method: 'QRIS' },
        idempotencyKey: key(),
      })
      const { id, amountMinor, currencyCode } = await app.prisma.payment.findUniqueOrThrow({
        where: { id: paying.body.data.payOrder.id },
      })
      const settled = notificationFor({ id, amount: { minor: amountMinor, currencyCode } }, 'settlement')
      const answer = await cut(where, () => notify(app, settled))
      expect(answer.status).toBe(503)
      expect((await notify(app, settled)).status).toBe(200)
      expect(await statusOf(app, orderId)).toBe('PAID')
      expect(await app.prisma.ticket.count({ where: { orderId } })).toBe(1)
      await expectInvariants(app.prisma)
    })
  },
)

test('connections cut at COMMIT again and again in the middle of a sale lose no order and double none', async () => {
  const sale = openSale(app, category, 160, 16)
  for (let round = 0; round < 8; round++) {
    await sale.until(10 + round * 15)
    await postgres.wire.cut(round % 2 ? 'before COMMIT arrives' : 'after COMMIT, before its answer')
  }
  await sale.done
  expect(new Set(sale.refusals)).toEqual(new Set(['503 SERVICE_UNAVAILABLE']))
  await sale.expectConverged()
}, 60_000)

test('PostgreSQL that crashes in the middle of a sale and comes back: no order is lost, none is placed twice', async () => {
  const sale = openSale(app, category, 160, 16)
  await sale.until(40)
  const before = new Map(sale.told)
  await postgres.crash()
  // Nobody is held up while it is away.
  expect(expectRetryable(await buy(app, purchaseOf(category)))).toBe('503 SERVICE_UNAVAILABLE')
  expect(expectRetryable(await app.call('OrderDetail', { id: [...before.values()][0] }))).toBe(
    '503 SERVICE_UNAVAILABLE',
  )
  // It is looked at once a second.
  const readiness = async () => (await fetch(`${app.url}/health/ready`)).status
  await eventually(async () => (await readiness()) === 503)
  expect((await fetch(`${app.url}/health/live`)).status).toBe(200)
  await postgres.start()
  await sale.done
  for (const [idempotencyKey, id] of before) expect(sale.told.get(idempotencyKey)).toBe(id)
  await sale.expectConverged()
  await eventually(async () => (await readiness()) === 200)
}, 60_000)

/** Sessions of the server that wait for a lock. */
async function waitingFor(client: Client): Promise<number[]> {
  const { rows } = await client.query(
    `SELECT pid FROM pg_stat_activity
     WHERE datname = current_database() AND application_name = 'karcis' AND wait_event_type = 'Lock'`,
  )
  return rows.map(({ pid }) => pid)
}

describe('while another session has the stock', () => {
  let locker: Client
  let watcher: Client
  beforeEach(async () => {
    ;[locker, watcher] = await Promise.all([session(), session()])
    return () => Promise.all([locker.end(), watcher.end()])
  })
  const lock = async () => {
    await locker.query('BEGIN')
    await locker.query('SELECT 1 FROM ticket_category WHERE id = $1 FOR UPDATE', [category.id])
  }

  test('a session that is ended in the middle of its batch costs no buyer anything: the batch is written again', async () => {
    const sale = openSale(app, category, 80, 16)
    await sale.until(20)
    await lock()
    await eventually(async () => (await waitingFor(watcher)).length > 0)
    const [pid] = await waitingFor(watcher)
    await watcher.query('SELECT pg_terminate_backend($1)', [pid])
    await locker.query('ROLLBACK')
    await sale.done
    expect(sale.refusals).toEqual([])
    await sale.expectConverged()
  })

  test('for two seconds, orders wait and none is lost', async () => {
    const sale = openSale(app, category, 80, 16)
    await sale.until(20)
    await lock()
    await eventually(async () => (await waitingFor(watcher)).length > 0)
    await sleep(2_000)
    expect(sale.told.size).toBeLessThan(80)
    await locker.query('ROLLBACK')
    await sale.done
    await sale.expectConverged()
  })
})
