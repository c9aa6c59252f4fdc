// Behind a PgBouncer as Debian installs it: in transaction mode, it lends a session of the database for a transaction.
import { Client } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openDatabase } from '../src/platform/prisma.ts'
import { createLog } from '../src/platform/telemetry.ts'
import { type Answer, startApp, type TestApp } from './setup/app.ts'
import { expectInvariants } from './setup/oracle.ts'
import { type PgBouncer, startPgBouncer } from './setup/pgbouncer.ts'
import { replicaOf } from './setup/replicas.ts'
import { categoryOf, eventually, guest, key, order } from './setup/shop.ts'

let direct: TestApp
let app: TestApp
let pooler: PgBouncer
let other: Client
let category: { id: string; eventId: string }

beforeAll(async () => {
  direct = await startApp({ season: true })
  pooler = await startPgBouncer(direct.databaseUrl)
  category = (await categoryOf(direct, 'gelora-kampus', 'Reguler')).category
  other = new Client({ connectionString: direct.databaseUrl })
  await other.connect()
  // What a session finds when nobody sets it.
  await other.query(`ALTER ROLE CURRENT_USER IN DATABASE ${other.database} SET TimeZone = 'Asia/Jakarta'`)
  app = await replicaOf(direct, {
    DATABASE_URL: pooler.through(direct.databaseUrl),
    EXECUTION_TIMEOUT_MS: '1500',
    DATABASE_PREPARED_STATEMENTS: 'false',
  })
})
afterAll(async () => {
  await app?.close()
  await other?.end()
  await pooler?.stop()
  await direct?.close()
})

const underWay = async (): Promise<number> => {
  const { rows } = await other.query(
    `SELECT count(*)::int AS n FROM pg_stat_activity
     WHERE datname = current_database() AND application_name = 'karcis' AND state <> 'idle'`,
  )
  return rows[0].n
}

function expectTimeout({ status, body }: Answer): void {
  expect(body.errors?.[0]?.extensions).toEqual({ code: 'EXECUTION_TIMEOUT' })
  expect(status).toBe(504)
}

test('with its own settings it takes our connections: reads, orders and their replays are answered', async () => {
  expect((await fetch(`${app.url}/health/ready`)).status).toBe(200)
  const idempotencyKey = key()
  const buyer = guest()
  const placed = await order(app, category, { buyer }, idempotencyKey)
  expect(placed.body.data.createOrder.__typename).toBe('Order')
  expect((await order(app, category, { buyer }, idempotencyKey)).body).toEqual(placed.body)
  await expectInvariants(direct.prisma)
})

test.each([
  ['a read by itself', () => app.query('{ events { edges { cursor } } }')],
  ['a read by raw SQL', () => app.query('{ events(filter: { search: "gelora" }) { edges { cursor } } }')],
  ['an order', () => order(app, category)],
])('the deadline ends SQL there: %s', async (_what, ask) => {
  const locker = new Client({ connectionString: direct.databaseUrl })
  await locker.connect()
  try {
    await locker.query('BEGIN')
    await locker.query('LOCK TABLE event, ticket_category')
    const answer = ask()
    await eventually(async () => (await underWay()) > 0)
    expectTimeout(await answer)
    // Ended by PostgreSQL, while the lock is there.
    await eventually(async () => (await underWay()) === 0)
  } finally {
    await locker.end()
  }
})

test('no session of the pooler keeps a setting of ours for a stranger', async () => {
  const stranger = new Client({ connectionString: pooler.through(direct.databaseUrl) })
  await stranger.connect()
  const { rows } = await stranger.query(
    `SELECT current_setting('statement_timeout') AS statement,
       current_setting('idle_in_transaction_session_timeout') AS idle`,
  )
  await stranger.end()
  expect(rows).toEqual([{ statement: '0', idle: '0' }])
})

/** A database that is opened as the server opens it, and what it logs. */
async function opened<T>(
  options: { url: string; preparedStatements: boolean },
  use: (database: ReturnType<typeof openDatabase>) => Promise<T>,
): Promise<{ value: T; said: string[] }> {
  const said: string[] = []
  const log = Object.assign(createLog('silent'), { warn: (text: unknown) => said.push(String(text)) })
  const database = openDatabase({ ...options, poolSize: 4, log })
  try {
    return { value: await use(database), said }
  } finally {
    await database.close()
  }
}

test.each([
  ['direct', () => direct.databaseUrl],
  ['through the pooler', () => pooler.through(direct.databaseUrl)],
])('times are UTC whatever zone the database has, in and outside transactions: %s', async (_way, url) => {
  const { prisma } = direct
  const { id, createdAt } = await prisma.organizer.findFirstOrThrow()
  const { value } = await opened({ url: url(), preparedStatements: false }, async (database) => [
    await database.prisma.organizer.findUniqueOrThrow({ where: { id } }),
    await database.prisma.$transaction(async (tx) => tx.organizer.findUniqueOrThrow({ where: { id } })),
  ])
  const { rows } = await other.query('SELECT created_at FROM organizer WHERE id = $1', [id])
  expect(rows[0].created_at).toEqual(createdAt)
  expect(value.map((organizer) => organizer.createdAt)).toEqual([createdAt, createdAt])
})

test('names for statements are left out where the pooler does not know them, and one line says so', async () => {
  const url = pooler.through(direct.databaseUrl)
  const { said } = await opened({ url, preparedStatements: true }, async ({ prisma, transact }) => {
    for (let round = 0; round < 3; round++) {
      await Promise.all(Array.from({ length: 8 }, () => prisma.organizer.findFirstOrThrow()))
      await Promise.all(
        Array.from({ length: 8 }, () =>
          transact(
            async (tx) => ({
              value: await tx.$queryRaw`SELECT count(*) FROM event`,
              last: null,
            }),
            { isolation: 'ISOLATION LEVEL SERIALIZABLE', first: null },
          ),
        ),
      )
    }
  })
  expect(said.filter((line) => line.startsWith('DATABASE_PREPARED_STATEMENTS'))).toHaveLength(1)
  // And where there is no pooler nothing is said, and they have their names.
  const { said: quiet, value } = await opened(
    { url: direct.databaseUrl, preparedStatements: true },
    async ({ prisma, pool }) => {
      await prisma.organizer.findFirstOrThrow()
      const client = await pool.connect()
      const { rows } = await client.query(`SELECT name FROM pg_prepared_statements WHERE name LIKE 'karcis%'`)
      client.release()
      return rows.length
    },
  )
  expect(quiet).toEqual([])
  expect(value).toBeGreaterThan(0)
})

test('what a statement by itself has written is there when it is answered, and what failed is not', async () => {
  const { value } = await opened(
    { url: pooler.through(direct.databaseUrl), preparedStatements: false },
    async ({ prisma, pool }) => {
      await other.query('CREATE TABLE note (text text UNIQUE DEFERRABLE INITIALLY DEFERRED)')
      const written = await prisma.$executeRaw`INSERT INTO note VALUES ('one')`
      const { rows } = await other.query('SELECT text FROM note')
      // At COMMIT, after the statement itself was answered.
      const twice = await prisma.$executeRaw`INSERT INTO note VALUES ('one')`.catch(() => 'refused')
      const wrong = await pool.query('SELECT no_such_column').catch(({ code }) => code)
      const after = await pool.query<{ n: number }>('SELECT count(*)::int AS n FROM note')
      return { written, rows, twice, wrong, after: after.rows[0]?.n }
    },
  )
  expect(value).toEqual({ written: 1, rows: [{ text: 'one' }], twice: 'refused', wrong: '42703', after: 1 })
})
