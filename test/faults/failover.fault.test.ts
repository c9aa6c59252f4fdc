// The standby takes over in the middle of a sale, and the old primary comes back as a standby behind the address at which
// everybody still looks for the primary. Buyers are told to ask again, and nobody loses an order.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startApp, type TestApp } from '../setup/app.ts'
import { addCategory, addEvent, addOrganizer } from '../setup/catalogue.ts'
import { type PgBouncer, startPgBouncer } from '../setup/pgbouncer.ts'
import { type PostgresWire, postgresWire } from '../setup/postgres-wire.ts'
import { replicaOf } from '../setup/replicas.ts'
import { buy, expectRetryable, openSale, purchaseOf } from '../setup/sale.ts'
import { eventually } from '../setup/shop.ts'
import { type Standby, startStandby } from '../setup/standby.ts'

let pair: Standby
let wire: PostgresWire
let pooler: PgBouncer
let apps: TestApp[]

beforeAll(async () => {
  pair = await startStandby()
  const direct = new URL(pair.primaryUrl)
  wire = await postgresWire(Number(direct.port))
  direct.port = String(wire.port)
  // By itself it tries a server that refused it again after a quarter of a minute.
  pooler = await startPgBouncer(direct.href, 'server_login_retry = 0.2')
  const app = await startApp({ environment: { DATABASE_URL: direct.href } })
  const pooled = await replicaOf(app, {
    DATABASE_URL: pooler.through(direct.href),
    DATABASE_PREPARED_STATEMENTS: 'false',
  })
  apps = [app, pooled]
}, 120_000)
afterAll(async () => {
  for (const one of [...(apps ?? [])].reverse()) await one.close()
  await pooler?.stop()
  wire?.close()
  await pair?.stop()
})

const readiness = async (app: TestApp): Promise<number> => (await fetch(`${app.url}/health/ready`)).status

test('a standby that takes over, and the old primary that comes back as its standby, cost nobody an order', async () => {
  const [app, pooled] = apps as [TestApp, TestApp]
  const { id: eventId } = await addEvent(app, (await addOrganizer(app)).id)
  const category = await addCategory(app, eventId, { quota: 1_000 })
  const sales = [openSale(app, category, 120, 8), openSale(pooled, category, 120, 8)]
  for (const sale of sales) await sale.until(20)
  const { primary, standby } = await pair.switchOver()
  wire.leadTo(standby)
  const before = sales.map(({ refusals }) => refusals.length)
  for (const one of apps) {
    await eventually(async () => (await readiness(one)) === 503)
    // More than there are connections in a pool.
    const answers = await Promise.all(Array.from({ length: 24 }, () => buy(one, purchaseOf(category))))
    for (const answer of answers) expect(expectRetryable(answer)).toMatch(/^503/)
    // Nor is anybody shown what a standby happens to have.
    expect(expectRetryable(await one.query('{ events { edges { cursor } } }'))).toBe(
      '503 SERVICE_UNAVAILABLE',
    )
    const { values } = await one.app.deps.metrics.transactionConflicts.get()
    expect(values.filter(({ labels, value }) => labels.kind === 'lost' && value > 0)).not.toEqual([])
  }
  await eventually(async () => sales.every(({ refusals }, n) => refusals.length > (before[n] ?? 0)))
  wire.leadTo(primary)
  wire.drop()
  for (const sale of sales) await sale.done
  for (const sale of sales) await sale.expectConverged()
  for (const one of apps) await eventually(async () => (await readiness(one)) === 200)
}, 90_000)
