// How orders of one process and of others come to the same stock in turn. The others are connections of the test.
import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { startApp, type TestApp } from './setup/app.ts'
import { type Category, selling } from './setup/holding.ts'
import { expectInvariants } from './setup/oracle.ts'
import { place } from './setup/placing.ts'
import { eventually, key } from './setup/shop.ts'
import { statementsOf } from './setup/statements.ts'

let app: TestApp
let others: readonly [Client, Client]

beforeAll(async () => {
  app = await startApp()
})
beforeEach(async () => {
  others = [another(), another()]
  await Promise.all(others.map((client) => client.connect()))
})
afterEach(() => Promise.all(others.map((client) => client.end())))
afterAll(async () => {
  await expectInvariants(app.prisma)
  await app.close()
})

const another = () => new Client({ connectionString: app.databaseUrl })

const TURN = 'IN SHARE ROW EXCLUSIVE MODE'

/** Begins when it has its turn at every lane; the transaction is left open. */
async function takeTurn(client: Client): Promise<void> {
  const { rows } = await client.query(
    `SELECT string_agg(format('turn.%I', tablename), ', ' ORDER BY tablename) AS turns
     FROM pg_tables WHERE schemaname = 'turn'`,
  )
  await client.query(`BEGIN; LOCK TABLE ${rows[0].turns} ${TURN}`)
}

const soldOf = ({ eventId }: Category): Promise<number> => app.prisma.order.count({ where: { eventId } })

const crowd = (category: Category, size: number) =>
  Promise.all(Array.from({ length: size }, () => place(app, category)))

/** An order that finds the stock changed under it. Its process knows of others then. */
async function meetAnother(category: Category): Promise<void> {
  const [other] = others
  await other.query('BEGIN')
  await other.query('UPDATE ticket_category SET quota = quota WHERE id = $1', [category.id])
  const placing = place(app, category)
  await waiting(1)
  await other.query('COMMIT')
  await placing
}

const waiting = async (count: number): Promise<void> =>
  eventually(async () => {
    const [row] = await app.prisma.$queryRaw<{ n: number }[]>`
      SELECT count(*)::int AS n FROM pg_stat_activity
      WHERE datname = current_database() AND wait_event_type = 'Lock'`
    return row?.n === count
  })

test('a process with one batch after the other lets another one have its turn', async () => {
  const category = await selling(app, 600)
  await takeTurn(others[0])
  const all = crowd(category, 600)
  // The first batch of a lane asks nobody; the next one waits.
  await waiting(1)
  const sold = await soldOf(category)
  expect(sold).toBeLessThan(600)
  await sleep(150)
  expect(await soldOf(category)).toBe(sold)
  await others[0].query('COMMIT')
  await all
  expect(await soldOf(category)).toBe(600)
})

test('one that was kept waiting twice in a row takes turns from then on', async () => {
  const category = await selling(app, 600)
  const sent = await statementsOf(async () => {
    await takeTurn(others[0])
    const all = crowd(category, 600)
    await waiting(1)
    const second = takeTurn(others[1])
    await waiting(2)
    await sleep(20)
    await others[0].query('COMMIT')
    await second
    await waiting(1)
    // Longer than a busy core may take.
    await sleep(20)
    await others[1].query('COMMIT')
    await all
  })
  const own = sent.filter((sql) => sql.startsWith('BEGIN ISOLATION'))
  const locks = own.map((sql) => /IN ([A-Z ]+) MODE$/.exec(sql)?.[1] ?? null)
  const weak = 'ROW EXCLUSIVE'
  expect(locks.slice(0, 3)).toEqual([null, weak, weak])
  expect(new Set(locks.slice(3))).toEqual(new Set(['SHARE ROW EXCLUSIVE']))
})

test('one that waits for its turn looks at the stock when it has it, or before that when nobody more can join', async () => {
  const category = await selling(app, 100)
  await meetAnother(category)
  await takeTurn(others[0])
  await statementsOf(async (sent) => {
    const looks = () => sent.filter((sql) => sql.includes('FOR UPDATE')).length
    const some = crowd(category, 10)
    await waiting(1)
    await sleep(20)
    expect(looks()).toBe(0)
    const more = crowd(category, 60)
    await eventually(async () => looks() === 1)
    await others[0].query('COMMIT')
    await Promise.all([some, more])
  })
  const { rows } = await others[0].query<{ size: number }>(
    `SELECT count(*)::int AS size FROM "order" WHERE event_id = $1 GROUP BY xmin ORDER BY 1 DESC`,
    [category.eventId],
  )
  expect(rows[0]?.size).toBe(64)
})

test('one that met another and is tried again waits for its turn', async () => {
  const category = await selling(app, 1)
  const sent = await statementsOf(() => meetAnother(category))
  const [first, second] = sent.filter((sql) => sql.startsWith('BEGIN ISOLATION'))
  expect(first).not.toContain('LOCK')
  expect(second?.endsWith(TURN)).toBe(true)
})

test('who puts something back waits for a turn where the stock is taken', async () => {
  const category = await selling(app, 1)
  const { order } = await place(app, category)
  const input = { orderId: order.id, accessToken: order.accessToken }
  const [other] = others
  const turnsIn = (sent: readonly string[]) =>
    sent.filter((sql) => sql.startsWith('LOCK TABLE') && sql.endsWith(TURN)).length
  const sent = await statementsOf(async (soFar) => {
    await other.query('BEGIN')
    await other.query('SELECT 1 FROM ticket_category WHERE id = $1 FOR UPDATE', [category.id])
    const cancelling = app.call('CancelOrder', { input, idempotencyKey: key() })
    await eventually(async () => turnsIn(soFar) > 0)
    await takeTurn(others[1])
    await other.query('COMMIT')
    await waiting(1)
    expect((await app.prisma.order.findUniqueOrThrow({ where: { id: order.id } })).status).toBe(
      'PENDING_PAYMENT',
    )
    await others[1].query('COMMIT')
    expect((await cancelling).body.data.cancelOrder.status).toBe('CANCELLED')
  })
  const tries = sent.filter((sql) => sql.includes('SKIP LOCKED')).length
  expect(turnsIn(sent)).toBe(tries - 1)
})
