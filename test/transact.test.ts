// Two transactions, one right behind the other on its connection, against PostgreSQL.
import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'pg'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { Prisma } from '../src/platform/prisma.ts'
import type { Sql } from '../src/platform/sql.ts'
import type { Transact, TransactOptions, Written } from '../src/platform/transact.ts'
import { startApp, type TestApp } from './setup/app.ts'
import { eventually } from './setup/shop.ts'

let app: TestApp
let other: Client

beforeAll(async () => {
  app = await startApp()
  other = new Client({ connectionString: app.databaseUrl })
  await other.connect()
  await other.query(`
    CREATE TABLE note (text text UNIQUE);
    CREATE FUNCTION refuse_bad_notes() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN IF NEW.text = 'bad' THEN RAISE 'bad note'; END IF; RETURN NULL; END $$;
    CREATE CONSTRAINT TRIGGER at_commit AFTER INSERT ON note DEFERRABLE INITIALLY DEFERRED
      FOR EACH ROW EXECUTE FUNCTION refuse_bad_notes()`)
})
beforeEach(() => other.query('TRUNCATE note'))
afterAll(async () => {
  await other.end()
  await app.close()
})

const notes = async (): Promise<string[]> =>
  (await other.query('SELECT text FROM note ORDER BY text')).rows.map(({ text }) => text)

interface Seen {
  readonly pid: number
  readonly notes: number
}

/** Writes a note, last of all, having looked who serves it and how many notes there are. */
const writing = (text: string) => async (tx: Sql) => {
  const [seen] = await tx.$queryRaw<Seen[]>`
    SELECT pg_backend_pid() AS pid, (SELECT count(*) FROM note)::int AS notes`
  if (!seen) throw new Error('A SELECT without FROM has one row.')
  return { value: seen, last: Prisma.sql`INSERT INTO note VALUES (${text})` }
}

type Work = (tx: Sql) => Promise<Written<Seen>>

const how = { isolation: 'ISOLATION LEVEL SERIALIZABLE', first: null }

/** The second work begins as the COMMIT of the first leaves. */
async function two(one: Work, next: Work, options: Partial<TransactOptions> = {}) {
  const { transact } = app.app.deps
  let second: Promise<Seen> | undefined
  const first = transact(one, {
    ...how,
    committing(behind) {
      second = behind(next, { ...how, ...options })
      second.catch(() => undefined)
    },
  })
  const [a] = await Promise.allSettled([first])
  const [b] = await Promise.allSettled([second])
  return [a, b] as const
}

const seenOf = (result: PromiseSettledResult<Seen | undefined>): Seen => {
  if (result.status === 'rejected') throw result.reason
  if (!result.value) throw new Error('It was not begun.')
  return result.value
}

/** None has a transaction open, and none was lost to the pool. */
const allIdle = () =>
  eventually(async () => {
    const { rows } = await other.query(
      `SELECT count(*)::int AS open FROM pg_stat_activity
       WHERE datname = current_database() AND application_name = 'karcis' AND state <> 'idle'`,
    )
    return rows[0].open === 0
  })

test('the second has the connection of the first, and sees what that committed', async () => {
  const [first, second] = (await two(writing('one'), writing('two'))).map(seenOf)
  expect(second).toEqual({ pid: first?.pid, notes: 1 })
  expect(await notes()).toEqual(['one', 'two'])
  await allIdle()
})

test.each([true, false])('it may ask for a lock first, and wait to hear of it: %s', async (isAwaited) => {
  const first = { statement: 'LOCK TABLE note IN SHARE ROW EXCLUSIVE MODE', isAwaited }
  const [one, next] = (await two(writing('one'), writing('two'), { first })).map(seenOf)
  expect(next).toEqual({ pid: one?.pid, notes: 1 })
})

test.each([
  ['in its last statement', 'twice'],
  ['at COMMIT', 'bad'],
])('a first that fails %s does not touch the second', async (_when, text) => {
  await other.query(`INSERT INTO note VALUES ('twice')`)
  const [first, second] = await two(writing(text), writing('two'))
  expect(first.status).toBe('rejected')
  expect(seenOf(second).notes).toBe(1)
  expect(await notes()).toEqual(['twice', 'two'])
  await allIdle()
})

test('a second that is still at work when the first fails stays one transaction', async () => {
  const began = async (tx: Sql) => (await tx.$queryRaw<{ at: string }[]>`SELECT now()::text AS at`)[0]?.at
  const seen: unknown[] = []
  const [first] = await two(writing('bad'), async (tx) => {
    seen.push(await began(tx))
    await sleep(50)
    seen.push(await began(tx))
    return writing('two')(tx)
  })
  expect(first.status).toBe('rejected')
  expect(seen[0]).toBeDefined()
  expect(seen[1]).toBe(seen[0])
  expect(await notes()).toEqual(['two'])
})

test('who comes when the first is over has a connection of its own', async () => {
  const { transact } = app.app.deps
  const kept: Transact[] = []
  await transact(writing('one'), { ...how, committing: (behind) => void kept.push(behind) })
  for (const behind of kept) expect((await behind(writing('two'), how)).notes).toBe(1)
  expect(await notes()).toEqual(['one', 'two'])
  await allIdle()
})

const failing = (): never => {
  throw new Error('It was not to be.')
}
const asking = async (tx: Sql): Promise<Written<Seen>> => {
  await tx.$executeRaw`SELECT 1`
  return failing()
}

test.each([
  ['before it asks anything', async () => failing()],
  ['when it has asked', asking],
  ['at COMMIT', writing('bad')],
])('a second that fails %s does not touch the first', async (_when, next) => {
  const [first, second] = await two(writing('one'), next)
  expect(seenOf(first).notes).toBe(0)
  expect(second.status).toBe('rejected')
  expect(await notes()).toEqual(['one'])
  await allIdle()
})

const ending = async (tx: Sql): Promise<Written<Seen>> => {
  await tx.$executeRaw`SELECT 1`
  const last = Prisma.sql`SELECT pg_terminate_backend(pg_backend_pid())`
  return { value: { pid: 0, notes: 0 }, last }
}

test.each([
  ['first', ending, writing('two'), []],
  ['second', writing('one'), ending, ['one']],
])(
  'when the connection ends under the %s, what was not committed fails, and others have a new one',
  async (_which, one, next, left) => {
    const results = await two(one, next)
    expect(results.map(({ status }) => status)).toEqual([
      left.length > 0 ? 'fulfilled' : 'rejected',
      'rejected',
    ])
    expect(await notes()).toEqual(left)
    // Longer than there are connections.
    for (let n = 0; n < 30; n++) await app.app.deps.transact(writing(`n${n}`), how)
    await allIdle()
  },
)

test('one alone may follow, and only at once: another goes a way of its own', async () => {
  const { transact } = app.app.deps
  const begun: Promise<Seen>[] = []
  let kept: Transact | undefined
  const first = await transact(writing('one'), {
    ...how,
    committing(behind) {
      kept = behind
      begun.push(behind(writing('two'), how), behind(writing('three'), how))
    },
  })
  if (kept) begun.push(kept(writing('four'), how))
  const results = await Promise.allSettled(begun)
  const pids = results.flatMap((one) => (one.status === 'fulfilled' ? one.value.pid : []))
  expect(pids[0]).toBe(first.pid)
  await allIdle()
  // What met another at this isolation may have failed; none is half there.
  expect(await notes()).toHaveLength(1 + results.filter(({ status }) => status === 'fulfilled').length)
})
