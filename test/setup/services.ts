// One PostgreSQL and one Redis for a test run, in a folder that goes away with it.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'
import type { TestProject } from 'vitest/node'
import { seedOnce } from '../../prisma/seed.ts'
import { applyMigrations } from '../../scripts/migrations/apply.ts'
import { startRedis } from '../../scripts/services/redis.ts'
import { startPgBouncer } from './pgbouncer.ts'
import { startTestPostgres } from './postgres-under-test.ts'
import { testSecrets } from './secrets.ts'
import { RECORD_TRANSITIONS } from './transitions.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** An address of the server with `DATABASE` where the database's name goes. */
    databaseUrl: string
    redisUrl: string
    /** Where a PgBouncer takes the apps' connections to that server (TEST_PGBOUNCER=1); null: there is none. */
    poolerPort: string | null
  }
}

/** An empty database with all tables, and one with the seeded season. Tests get copies. */
export const EMPTY = 'karcis_empty'
export const SEASON = 'karcis_season'

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'karcis-test-'))
  const postgres = await startTestPostgres({
    dataDir: join(folder, 'postgres'),
    // A test's database need not survive a power cut; a killed server process loses nothing either way.
    settings: { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', max_connections: '200' },
  })
  const redis = await startRedis({ dataDir: join(folder, 'redis'), databases: 256 })
  await createDatabase(postgres.url('postgres'), EMPTY)
  await applyMigrations(postgres.url(EMPTY))
  await run(postgres.url(EMPTY), RECORD_TRANSITIONS)
  await createDatabase(postgres.url('postgres'), SEASON, EMPTY)
  await seedOnce(postgres.url(SEASON), testSecrets)
  project.provide('databaseUrl', postgres.url('DATABASE'))
  project.provide('redisUrl', redis.url)
  const pooler = process.env['TEST_PGBOUNCER'] ? await startPgBouncer(postgres.url()) : null
  project.provide('poolerPort', pooler?.port ?? null)
  return async () => {
    await pooler?.stop()
    await redis.stop()
    await postgres.stop()
    await rm(folder, { recursive: true, force: true })
  }
}

export async function createDatabase(serverUrl: string, name: string, template = 'template0'): Promise<void> {
  await run(serverUrl, `CREATE DATABASE ${name} TEMPLATE ${template}`)
}

export async function run(url: string, sql: string): Promise<void> {
  const client = new Client({ connectionString: url })
  // The server is stopped under whoever still listens.
  client.on('error', () => undefined)
  await client.connect()
  try {
    await client.query(sql)
  } finally {
    await client.end()
  }
}
