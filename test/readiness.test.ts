// What probes are told: at one look a second, about a database that must be migrated, and nothing of what stands behind.
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { freePort } from '../scripts/services/service.ts'
import { loadConfig } from '../src/config.ts'
import { createWorker } from '../src/job-runner.ts'
import { startApp, type TestApp } from './setup/app.ts'
import { eventually } from './setup/shop.ts'
import { statementsOf } from './setup/statements.ts'
import { metric } from './setup/wire.ts'

let app: TestApp
let worker: Awaited<ReturnType<typeof createWorker>>
let urls: readonly string[]

beforeAll(async () => {
  app = await startApp()
  const port = await freePort()
  worker = await createWorker(
    loadConfig({ ...app.environment, HOST: '127.0.0.1', WORKER_PORT: String(port) }),
  )
  urls = [app.url, `http://127.0.0.1:${port}`]
})
afterAll(async () => {
  await worker.close()
  await app.close()
})
beforeEach(() => eventually(() => says(200, 'ok')))

const ask = async (url: string): Promise<string> => {
  const response = await fetch(`${url}/health/ready`)
  return `${response.status} ${await response.text()}`
}

/** Whether both processes say this, and nothing besides. */
const says = async (code: number, status: string): Promise<boolean> =>
  (await Promise.all(urls.map(ask))).every((answer) => answer === `${code} {"status":"${status}"}`)

test('however many ask, the database is asked once a second', async () => {
  const looks = (statements: readonly string[]) =>
    statements.filter((sql) => sql.includes('_prisma_migrations') || sql === 'SELECT 1').length
  const began = performance.now()
  const statements = await statementsOf(async (sent) => {
    await Promise.all(Array.from({ length: 200 }, () => ask(app.url)))
    // The worker of this process is asked by nobody meanwhile.
    while (looks(sent) === 0) await ask(app.url)
    await Promise.all(Array.from({ length: 200 }, () => ask(app.url)))
  })
  const seconds = Math.ceil((performance.now() - began) / 1_000)
  expect(looks(statements)).toBeLessThanOrEqual(seconds + 1)
})

test.each([
  ['lacks one of ours', 'DELETE FROM _prisma_migrations WHERE migration_name = $1'],
  ['is at one of ours', 'UPDATE _prisma_migrations SET finished_at = NULL WHERE migration_name = $1'],
  [
    'has rolled one of ours back',
    'UPDATE _prisma_migrations SET rolled_back_at = now() WHERE migration_name = $1',
  ],
  ['knows no migrations', 'ALTER TABLE _prisma_migrations RENAME TO elsewhere'],
])('a database that %s is not served from, by neither process', async (_what, change) => {
  await app.prisma.$executeRaw`CREATE TABLE before AS TABLE _prisma_migrations`
  const [last] = await app.prisma.$queryRaw<{ name: string }[]>`
    SELECT max(migration_name) AS name FROM _prisma_migrations`
  await app.prisma.$executeRawUnsafe(change, ...(change.includes('$1') ? [last?.name] : []))
  try {
    await eventually(() => says(503, 'unavailable'))
    expect(await metric(app, 'karcis_dependency_state{dependency="database",state="unmigrated"}')).toBe(1)
    expect((await fetch(`${app.url}/health/live`)).status).toBe(200)
  } finally {
    if (!change.includes('$1'))
      await app.prisma.$executeRaw`ALTER TABLE elsewhere RENAME TO _prisma_migrations`
    await app.prisma.$executeRaw`TRUNCATE _prisma_migrations`
    await app.prisma.$executeRaw`INSERT INTO _prisma_migrations TABLE before`
    await app.prisma.$executeRaw`DROP TABLE before`
  }
})

test('a database that has one more, of a later release, is served from', async () => {
  await app.prisma.$executeRaw`
    INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at, applied_steps_count)
    VALUES ('later', '', '99991231000000_later', now(), 1)`
  const before = performance.now()
  await eventually(async () => performance.now() - before > 1_100)
  expect(await says(200, 'ok')).toBe(true)
})
