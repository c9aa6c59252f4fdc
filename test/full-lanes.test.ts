// A lane in which full batches wait: the next one begins while the one before is being committed.
import { setImmediate as nextTurn } from 'node:timers/promises'
import { Client } from 'pg'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { SoldOut } from '../src/modules/holds/errors.ts'
import { startApp, type TestApp } from './setup/app.ts'
import { addCategory } from './setup/catalogue.ts'
import { type Category, hold, selling } from './setup/holding.ts'
import { expectInvariants } from './setup/oracle.ts'
import { type Placing, place as placeIn } from './setup/placing.ts'
import { eventually } from './setup/shop.ts'

let app: TestApp
let locker: Client

beforeAll(async () => {
  app = await startApp()
  locker = new Client({ connectionString: app.databaseUrl })
  await locker.connect()
})
afterEach(async () => {
  await locker.query(`
    DROP TRIGGER IF EXISTS unlucky ON "order"; DROP TRIGGER IF EXISTS slow ON "order"; DROP SEQUENCE IF EXISTS luck`)
})
afterAll(async () => {
  await locker.end()
  await expectInvariants(app.prisma)
  await app.close()
})

const FULL = 64

/** The order, or the word for why there is none. */
const place = (category: Category, placing?: Placing) =>
  placeIn(app, category, placing).then(
    () => 'placed',
    (error: unknown) => (error instanceof SoldOut ? 'sold out' : 'failed'),
  )

const many = (count: number, work: (n: number) => Promise<string>) =>
  Promise.all(Array.from({ length: count }, (_, n) => work(n)))

/** Somebody whose batch is under way until the lock is given back. */
async function lockedLane(category: Category) {
  await locker.query('BEGIN')
  await locker.query('SELECT 1 FROM ticket_category WHERE id = $1 FOR UPDATE', [category.id])
  const first = place(category)
  await eventually(async () => {
    const { rows } = await locker.query(
      `SELECT count(*)::int AS n FROM pg_stat_activity
       WHERE datname = current_database() AND application_name = 'karcis' AND wait_event_type = 'Lock'`,
    )
    return rows[0].n === 1
  })
  return async () => {
    await locker.query('ROLLBACK')
    expect(await first).toBe('placed')
  }
}

test('sells each ticket once, and refuses who comes behind', async () => {
  const category = await selling(app, 5 * FULL)
  const outcomes = await many(6 * FULL, () => place(category))
  expect(outcomes).toEqual([...Array(5 * FULL).fill('placed'), ...Array(FULL).fill('sold out')])
})

test('after a poison order all others have theirs', async () => {
  await locker.query(
    `ALTER TABLE "order" ADD CONSTRAINT test_poison CHECK (buyer_name <> 'Poison') NOT VALID`,
  )
  const category = await selling(app, 6 * FULL)
  const outcomes = await many(6 * FULL, (n) => place(category, { name: n === 40 ? 'Poison' : 'Budi' }))
  expect(outcomes.flatMap((one, n) => (one === 'placed' ? [] : n))).toEqual([40])
})

test('begins with the next batch when it has sent COMMIT, and with no other while that is tried again', async () => {
  // Fails at its first COMMIT, when the next batch has begun.
  await refuseUnluckyOnes(1)
  const category = await selling(app, 10 * FULL)
  const outcomes = await many(10 * FULL, (n) => place(category, { name: n === 1 ? 'Unlucky' : 'Budi' }))
  expect(new Set(outcomes)).toEqual(new Set(['placed']))
  const { rows } = await locker.query<{ orders: number; unlucky: boolean }>(
    `SELECT count(*)::int AS orders, bool_or(buyer_name = 'Unlucky') AS unlucky FROM "order" WHERE event_id = $1
     GROUP BY xmin ORDER BY min(id::text)`,
    [category.eventId],
  )
  // A full batch, and then the one that the unlucky order is in, which began before it.
  expect(rows.slice(0, 2).map(({ orders, unlucky }) => [orders, unlucky])).toEqual([
    [FULL, false],
    [FULL, true],
  ])
})

test('waits for a batch that uses holds: what is sold by it is not held any more', async () => {
  const category = await selling(app, 1 + 2 * FULL)
  const holds = await Promise.all(Array.from({ length: FULL }, async () => (await hold(app, category)).id))
  const release = await lockedLane(category)
  const [taken, held] = [watchTakes(), many(FULL, (n) => place(category, { holdId: String(holds[n]) }))]
  await eventually(async () => taken.count() === FULL)
  await nextTurn()
  const others = many(FULL, () => place(category))
  await nextTurn()
  await release()
  taken.stop()
  expect(new Set([...(await held), ...(await others)])).toEqual(new Set(['placed']))
})

test('makes room for another lane after each batch', async () => {
  // As many as write at once.
  const lanes = await Promise.all(Array.from({ length: 4 }, () => selling(app, 8 * FULL)))
  const quiet = await selling(app, 1)
  // Nobody is to wait for a connection to be opened.
  await Promise.all(Array.from({ length: 6 }, () => app.prisma.$queryRaw`SELECT 1 FROM pg_sleep(0.2)`))
  const busy = many(4 * 8 * FULL, (n) => place(lanes[n % 4] ?? quiet))
  const outcomes = [await place(quiet), ...(await busy)]
  expect(new Set(outcomes)).toEqual(new Set(['placed']))
  // Transactions have their numbers when they first write.
  const { rows } = await locker.query<{ before: number }>(
    `SELECT count(*)::int AS before FROM "order" WHERE event_id = ANY($1) AND xmin::text::bigint <
       (SELECT xmin::text::bigint FROM "order" WHERE event_id = $2)`,
    [lanes.map(({ eventId }) => eventId), quiet.eventId],
  )
  expect(rows[0]?.before).toBeLessThan(4 * 3 * FULL)
})

test('begins when the batch before is over, where it looks at what is sold out first', async () => {
  await makeSlowOnesSlow()
  const category = await selling(app, 3 * FULL)
  const soldOut = await addCategory(app, category.eventId, { quota: 1 })
  expect([await place(soldOut), await place(soldOut)]).toEqual(['placed', 'sold out'])
  const before = await conflicts()
  const outcomes = await many(3 * FULL, (n) =>
    place(n === FULL + 9 ? soldOut : category, { name: n === 1 ? 'Slow' : 'Budi' }),
  )
  expect(outcomes.filter((outcome) => outcome !== 'placed')).toEqual(['sold out'])
  expect(await conflicts()).toBe(before)
})

test.each([
  { met: 'one of its own', conflicts: 1, atOnce: 4 },
  { met: 'another though it had its turn', conflicts: 2, atOnce: 1 },
])('are written $atOnce at once for a while, when one met $met', async ({ conflicts, atOnce }) => {
  await refuseUnluckyOnes(conflicts)
  await makeSlowOnesSlow()
  const lanes = await Promise.all(Array.from({ length: 4 }, () => selling(app, 2)))
  expect(await place(lanes[0] as Category, { name: 'Unlucky' })).toBe('placed')
  let open = true
  const slow = Promise.all(lanes.map((lane) => place(lane, { name: 'Slow' }))).finally(() => {
    open = false
  })
  const seen = new Set<number>()
  while (open) {
    const { rows } = await locker.query(
      `SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'`,
    )
    seen.add(rows[0].n)
  }
  expect(new Set(await slow)).toEqual(new Set(['placed']))
  expect(Math.max(...seen) > 1).toBe(atOnce > 1)
})

/** Orders of this name conflict so many times at COMMIT. */
const refuseUnluckyOnes = (times: number) =>
  locker.query(`
    CREATE SEQUENCE luck;
    CREATE OR REPLACE FUNCTION refuse_some() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN IF nextval('luck') <= ${times} THEN RAISE serialization_failure; END IF; RETURN NULL; END $$;
    CREATE CONSTRAINT TRIGGER unlucky AFTER INSERT ON "order" DEFERRABLE INITIALLY DEFERRED
      FOR EACH ROW WHEN (NEW.buyer_name = 'Unlucky') EXECUTE FUNCTION refuse_some()`)

/** Orders of this name take long to COMMIT. */
const makeSlowOnesSlow = () =>
  locker.query(`
    CREATE OR REPLACE FUNCTION take_long() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN PERFORM pg_sleep(0.1); RETURN NULL; END $$;
    CREATE CONSTRAINT TRIGGER slow AFTER INSERT ON "order" DEFERRABLE INITIALLY DEFERRED
      FOR EACH ROW WHEN (NEW.buyer_name = 'Slow') EXECUTE FUNCTION take_long()`)

async function conflicts(): Promise<number> {
  const { values } = await app.app.deps.metrics.transactionConflicts.get()
  return values.reduce((sum, { value }) => sum + value, 0)
}

/** How many holds were kept for orders since. */
function watchTakes() {
  const { orderHolds } = app.app.deps
  const { take } = orderHolds
  let count = 0
  orderHolds.take = async (...args) => {
    const taken = await take(...args)
    count += 1
    return taken
  }
  const stop = () => {
    orderHolds.take = take
  }
  return { count: () => count, stop }
}
