// A PostgreSQL of a test's own, behind an address that stays, so that it can crash and come back. It keeps what it has
// committed, as a server in production does.
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'
import { applyMigrations } from '../../scripts/migrations/apply.ts'
import type { Postgres } from '../../scripts/services/postgres.ts'
import { startTestPostgres } from './postgres-under-test.ts'
import { type PostgresWire, postgresWire } from './postgres-wire.ts'
import { run } from './services.ts'
import { RECORD_TRANSITIONS } from './transitions.ts'

export interface PrivatePostgres {
  /** Of the database with empty tables, through the wire. */
  readonly url: string
  /** Past the wire; good until it is started again. */
  readonly directUrl: string
  readonly wire: PostgresWire
  /** Ends every session at once and writes nothing more, as a crash does. */
  crash(): Promise<void>
  /** Starts it again on what it had committed. */
  start(): Promise<void>
  /** For good. */
  stop(): Promise<void>
}

const DATABASE = 'karcis'

export async function privatePostgres(): Promise<PrivatePostgres> {
  const folder = await mkdtemp(join(tmpdir(), 'karcis-postgres-'))
  // Only a machine that loses its power needs fsync. A commit is on its way to the disk when it is answered.
  const settings = { fsync: 'off', full_page_writes: 'off', synchronous_commit: 'on', max_connections: '100' }
  const launch = (): Promise<Postgres> => startTestPostgres({ dataDir: join(folder, 'postgres'), settings })
  let server = await launch()
  await run(server.url('postgres'), `CREATE DATABASE ${DATABASE}`)
  await applyMigrations(server.url(DATABASE))
  await run(server.url(DATABASE), RECORD_TRANSITIONS)
  const wire = await postgresWire(server.port)
  return {
    url: server.url(DATABASE).replace(`:${server.port}/`, `:${wire.port}/`),
    directUrl: server.url(DATABASE),
    wire,
    async crash() {
      process.kill(await postmasterOf(server.url(DATABASE)), 'SIGQUIT')
      await server.stop()
    },
    async start() {
      server = await launch()
      wire.leadTo(server.port)
    },
    async stop() {
      wire.close()
      await server.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function postmasterOf(url: string): Promise<number> {
  const client = new Client({ connectionString: url })
  await client.connect()
  const { rows } = await client.query('SHOW data_directory')
  await client.end()
  return Number((await readFile(join(rows[0].data_directory, 'postmaster.pid'), 'utf8')).split('\n')[0])
}
