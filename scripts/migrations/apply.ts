import type { MigrationList } from '@prisma/schema-engine-wasm'
import { type EngineSession, engineMessage, filters, withEngine } from './engine.ts'
import { readMigrations, type SchemaOptions } from './folder.ts'
import { readStatus } from './status.ts'
import { completeReferences } from './versions.ts'

export interface ApplyOptions extends SchemaOptions {
  /** Try migrations again that failed. The earlier attempts stay in `_prisma_migrations` as rolled back. */
  readonly retry?: boolean
}

/** Prisma's own key: `prisma migrate deploy` and this wait for each other. Taken again, it only counts up. */
const migrationLock = 72707369

/** `reason` is the message without the advice, which holds for the database that was meant to be migrated. */
export class MigrationFailed extends Error {
  readonly reason: string
  constructor(reason: string, options?: ErrorOptions) {
    super(`${reason}\n${howToRetry}`, options)
    this.reason = reason
  }
}

const howToRetry = `A migration file runs as one transaction, so what failed has left nothing behind. (Except
for CREATE INDEX CONCURRENTLY: drop the invalid index first.) Mend the file, then: npm run migrate -- --retry`

/**
 * Applies what prisma/migrations has and the database has not, and returns the names. `_prisma_migrations` is
 * as `prisma migrate deploy` would leave it. Of two processes the second waits and finds nothing to do.
 */
export async function applyMigrations(databaseUrl: string, options: ApplyOptions = {}): Promise<string[]> {
  const migrations = await readMigrations(options)
  return withEngine(databaseUrl, async (session) => {
    const { engine, client, major } = session
    // The lock is the session's and ends with the connection, also when this process is killed.
    await client.query('SELECT pg_advisory_lock($1)', [migrationLock])
    const { failed } = await readStatus(engine, migrations)
    if (failed.length > 0 && !options.retry) throw await openFailure(client, failed)
    for (const name of failed) await engine.markMigrationRolledBack({ migrationName: name })
    try {
      const { appliedMigrationNames } = await engine.applyMigrations({ migrationsList: migrations, filters })
      await completeReferences(client, major)
      return appliedMigrationNames
    } catch (error) {
      throw freshFailure(session, migrations, error)
    }
  })
}

function freshFailure(
  { scriptError }: EngineSession,
  { migrationDirectories }: MigrationList,
  cause: unknown,
): Error {
  const failure = scriptError()
  if (failure === undefined) {
    return new Error(`No migration was applied. ${engineMessage(cause)}`, { cause })
  }
  const name = migrationDirectories.find(
    ({ migrationFile: { content } }) => content.value === failure.script,
  )?.path
  const line = failure.line === undefined ? '' : `:${failure.line}`
  return new MigrationFailed(
    `Migration ${name} failed; those before it are applied.\n` +
      `prisma/migrations/${name}/migration.sql${line}: ${failure.message}`,
    { cause },
  )
}

async function openFailure(client: EngineSession['client'], failed: string[]): Promise<Error> {
  const { rows } = await client.query<{ migration_name: string; logs: string | null }>(
    `SELECT migration_name, logs FROM _prisma_migrations
      WHERE migration_name = ANY ($1) AND finished_at IS NULL AND rolled_back_at IS NULL ORDER BY started_at`,
    [failed],
  )
  const described = rows.map(({ migration_name: name, logs }) =>
    logs === null
      ? `Migration ${name} was begun, and how it ended is unknown. If its changes are there, undo them.`
      : `Migration ${name} failed before. ${engineMessage(logs).replace(/^external connector error\n/, '')}`,
  )
  return new MigrationFailed(['Nothing was applied.', ...described].join('\n'))
}
