// One of three processes dies under the sale. Behind nginx nobody sees more of it than an answer to ask again after.
import { Client } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Fleet, startFleet } from '../setup/fleet.ts'
import { openSale } from '../setup/sale.ts'
import { categoryOf, eventually } from '../setup/shop.ts'

let fleet: Fleet
let locker: Client
let watcher: Client

beforeAll(async () => {
  fleet = await startFleet({ season: true })
  locker = new Client({ connectionString: fleet.databaseUrl })
  watcher = new Client({ connectionString: fleet.databaseUrl })
  await Promise.all([locker.connect(), watcher.connect()])
})
afterAll(async () => {
  await Promise.all([locker?.end(), watcher?.end()])
  await fleet?.close()
})

/** Batches of the servers that wait for the stock. */
async function batchesWaiting(): Promise<number> {
  const { rows } = await watcher.query(
    `SELECT count(*)::int AS n FROM pg_stat_activity
     WHERE datname = current_database() AND application_name = 'karcis' AND wait_event_type = 'Lock'`,
  )
  return rows[0].n
}

test('kill -9 of one of three processes in the middle of its batch: no order is lost, none is placed twice', async () => {
  const { category } = await categoryOf(fleet, 'gelora-kampus', 'Reguler')
  const sale = openSale(fleet, category, 200, 30)
  await sale.until(40)
  await locker.query('BEGIN')
  await locker.query('SELECT 1 FROM ticket_category WHERE id = $1 FOR UPDATE', [category.id])
  // Now each process is in the middle of a batch.
  await eventually(async () => (await batchesWaiting()) === fleet.members.length)
  const [victim] = fleet.members
  await victim.kill()
  await locker.query('ROLLBACK')
  await sale.done
  // What was under way in it nobody else may send again for the buyer.
  expect(sale.refusals).toContain('503 SERVICE_UNAVAILABLE')
  await sale.expectConverged()

  await victim.start()
  const next = openSale(fleet, category, 60, 10)
  await next.done
  expect(next.refusals).toEqual([])
  await next.expectConverged()
}, 90_000)
