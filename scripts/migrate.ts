// npm run migrate [-- --retry] | npm run migrate:status | npm run migrate:new -- name [--empty]
import './dot-env.ts'
import { parseArgs } from 'node:util'
import { givenSettings } from '../src/config.ts'
import { applyMigrations } from './migrations/apply.ts'
import { createMigration } from './migrations/create.ts'
import { migrationStatus } from './migrations/status.ts'

const usage = 'Usage: node scripts/migrate.ts up [--retry] | status | new <name> [--empty]'

async function up(url: string, retry: boolean): Promise<void> {
  const waiting = setTimeout(() => {
    console.log(
      'Still at it: a migration takes long, or another process migrates this database and goes first.',
    )
  }, 10_000)
  try {
    const { edited } = await migrationStatus(url)
    for (const name of edited)
      console.warn(`${name} was edited after it was applied. The edit has no effect here.`)
    const applied = await applyMigrations(url, { retry })
    for (const name of applied) console.log(`Applied ${name}`)
    console.log(applied.length === 0 ? 'The database is up to date.' : `Applied: ${applied.length}.`)
    const start = process.env.NODE_ENV === 'production' ? 'node karcis.mjs server' : 'npm start'
    console.log(`Next: start the server (${start}).`)
  } finally {
    clearTimeout(waiting)
  }
}

async function status(url: string): Promise<void> {
  const found = await migrationStatus(url)
  const say = (names: string[], word: string) => {
    for (const name of names) console.log(`${word.padEnd(8)} ${name}`)
  }
  say(found.applied, 'applied')
  say(found.pending, 'pending')
  say(found.failed, 'failed')
  for (const name of found.edited) console.log(`${name} was edited after it was applied. Restore the file.`)
  for (const name of found.unknown) console.log(`${name} is in the database and not in prisma/migrations.`)
  const amiss = found.failed.length + found.edited.length + found.unknown.length
  if (found.failed.length > 0) console.log('Next: npm run migrate, which tells what failed.')
  else if (found.pending.length > 0) console.log('Next: npm run migrate')
  else if (amiss === 0) console.log('The database is up to date.')
  if (amiss + found.pending.length > 0) process.exitCode = 1
}

async function create(url: string, name: string, empty: boolean): Promise<void> {
  const folder = await createMigration(url, name, { empty })
  console.log(`Wrote prisma/migrations/${folder}/migration.sql`)
  console.log(
    'Read it, and add what Prisma cannot say: CHECK, INCLUDE, GENERATED ALWAYS AS. Next: npm run migrate',
  )
}

/** Hands `use` the direct URL, because PgBouncer does not carry the migration lock of a session. */
async function withDatabase(use: (url: string) => Promise<void>): Promise<void> {
  const settings = givenSettings()
  const given = settings['DIRECT_DATABASE_URL'] ?? settings['DATABASE_URL']
  if (given) return use(given)
  if (settings['NODE_ENV'] === 'production') throw new Error('Set DATABASE_URL or DIRECT_DATABASE_URL.')
  const { developmentEnvironment } = await import('./services/environment.ts')
  const { env, stop } = await developmentEnvironment(process.env)
  try {
    const url = env.DIRECT_DATABASE_URL || env.DATABASE_URL
    if (!url) throw new Error('The development environment named no DATABASE_URL.')
    await use(url)
  } finally {
    await stop()
  }
}

try {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { retry: { type: 'boolean', default: false }, empty: { type: 'boolean', default: false } },
  })
  const [command, name, ...rest] = positionals
  if (command === 'up' && name === undefined) await withDatabase((url) => up(url, values.retry))
  else if (command === 'status' && name === undefined) await withDatabase(status)
  else if (command === 'new' && name !== undefined && rest.length === 0)
    await withDatabase((url) => create(url, name, values.empty))
  else throw new Error(usage)
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
