import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Client } from 'pg'
import { expect, inject, test } from 'vitest'
import { applyMigrations } from '../scripts/migrations/apply.ts'
import { diffFromMigrations } from '../scripts/migrations/diff.ts'
import { migrationStatus } from '../scripts/migrations/status.ts'
import { type Postgres, startPostgres } from '../scripts/services/postgres.ts'
import { debianPostgres } from './setup/postgres-under-test.ts'
import { createDatabase, EMPTY, run } from './setup/services.ts'

const server = (database: string) => inject('databaseUrl').replace('DATABASE', database)
const isOld = process.env['TEST_POSTGRES'] !== undefined

async function rowsOf(url: string, sql: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url })
  await client.connect()
  const { rows } = await client.query(sql).finally(() => client.end())
  return rows
}

const HISTORY = `SELECT migration_name, checksum, finished_at IS NOT NULL AS finished, rolled_back_at
  FROM _prisma_migrations ORDER BY migration_name`
const REFERENCES = `SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'f'
  ORDER BY conrelid::regclass::text, conname`

test('the migrations lead exactly to schema.prisma, and new ones are written on 18 alone', async () => {
  const diff = diffFromMigrations(server('postgres'))
  await (isOld
    ? expect(diff).rejects.toThrow(/^New migrations are written on PostgreSQL 18.*$/)
    : expect(diff).resolves.toBe(''))
})

test('a migrated database has nothing pending, edited, failed or unknown', async () => {
  const { applied, ...rest } = await migrationStatus(server(EMPTY))
  expect(applied.length).toBeGreaterThan(0)
  expect(rest).toEqual({ pending: [], edited: [], failed: [], unknown: [] })
})

test('PostgreSQL 15 takes all migrations, under the same checksums, and a later upgrade to 18 is complete', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'karcis-migrations-'))
  const binaries = await debianPostgres(15)
  let old: Postgres | undefined
  try {
    old = await startPostgres({ dataDir: join(folder, 'old'), binaries, settings: { fsync: 'off' } })
    await createDatabase(old.url(), 'karcis')
    await applyMigrations(old.url('karcis'))
    const history = await rowsOf(server(EMPTY), HISTORY)
    expect(await rowsOf(old.url('karcis'), HISTORY)).toEqual(history)
    // Nothing to do again, as everywhere.
    expect(await applyMigrations(old.url('karcis'))).toEqual([])
    const file = join(folder, 'dump.sql')
    const program = (name: string, ...args: string[]) =>
      promisify(execFile)(join(binaries.folder, 'bin', name), args, { maxBuffer: 2 ** 26 })
    await program('pg_dump', '--no-owner', '--file', file, old.url('karcis'))
    await createDatabase(server('postgres'), 'upgraded')
    await program('psql', '--quiet', '-v', 'ON_ERROR_STOP=1', '-f', file, server('upgraded'))
    expect(await applyMigrations(server('upgraded'))).toEqual([])
    expect(await rowsOf(server('upgraded'), REFERENCES)).toEqual(await rowsOf(server(EMPTY), REFERENCES))
    const { applied: _, ...rest } = await migrationStatus(server('upgraded'))
    expect(rest).toEqual({ pending: [], edited: [], failed: [], unknown: [] })
  } finally {
    await old?.stop()
    await run(server('postgres'), 'DROP DATABASE IF EXISTS upgraded')
    await rm(folder, { recursive: true, force: true })
  }
})

/** A PostgreSQL that answers every statement with its version. */
async function claiming(version: string): Promise<{ url: string; asked: string[]; close(): void }> {
  const asked: string[] = []
  const message = (kind: string, ...parts: (number[] | string)[]) => {
    const body = Buffer.concat(
      parts.map((part) => (typeof part === 'string' ? Buffer.from(`${part}\0`) : Buffer.from(part))),
    )
    const head = Buffer.alloc(5, kind)
    head.writeUInt32BE(4 + body.length, 1)
    return Buffer.concat([head, body])
  }
  const ready = message('Z', [73])
  // Text, wherever it comes from.
  const field = [0, 0, 0, 0, 0, 0, 0, 0, 0, 25, 255, 255, 255, 255, 255, 255, 0, 0]
  const value = (text: string): number[] => [0, 0, 0, text.length, ...Buffer.from(text)]
  const number = String(Number(version.split('.')[0]) * 10_000 + 9)
  const answer = Buffer.concat([
    message('T', [0, 2], 'number', field, 'name', field),
    message('D', [0, 2], value(number), value(version)),
    message('C', 'SELECT 1'),
    ready,
  ])
  const fake = createServer((socket) => {
    socket.on('error', () => undefined)
    socket.once('data', () => {
      socket.write(Buffer.concat([message('R', [0, 0, 0, 0]), ready]))
      socket.on('data', (chunk) => {
        if (chunk[0] !== 'Q'.charCodeAt(0)) return
        asked.push(chunk.toString('latin1', 5))
        socket.write(answer)
      })
    })
  })
  fake.listen(0, '127.0.0.1')
  await once(fake, 'listening')
  const { port } = fake.address() as AddressInfo
  return { url: `postgresql://karcis:none@127.0.0.1:${port}/karcis`, asked, close: () => fake.close() }
}

test.each(['9.6', '13.22', '14.19'])(
  'PostgreSQL %s is refused in one line, before anything',
  async (version) => {
    const fake = await claiming(version)
    const said = `PostgreSQL ${version} is too old: Karcis needs 15 to 18. Nothing was changed.`
    await expect(applyMigrations(fake.url)).rejects.toThrow(new RegExp(`^${said}$`))
    await expect(migrationStatus(fake.url)).rejects.toThrow(said)
    expect(fake.asked).toHaveLength(2)
    fake.close()
  },
)

test('a server that cannot be used is named in one line', async () => {
  const nobody = server('karcis').replace(/:\/\/[^@]*@/, '://nobody:none@')
  await expect(applyMigrations(nobody)).rejects.toThrow(
    /^PostgreSQL at 127\.0\.0\.1:\d+ cannot be used: .*nobody.*$/,
  )
  await expect(applyMigrations('postgresql://karcis@localhost:9/karcis')).rejects.toThrow(
    /^PostgreSQL at localhost:9 cannot be used: .*ECONNREFUSED.*$/,
  )
})
