import type { MigrationList, SchemaEngine } from '@prisma/schema-engine-wasm'
import { filters, withEngine } from './engine.ts'
import { readMigrations, type SchemaOptions } from './folder.ts'

export interface MigrationStatus {
  readonly applied: string[]
  readonly pending: string[]
  /** Applied, and their files changed afterwards. */
  readonly edited: string[]
  /** Begun and not finished: they failed, or another process runs them at this moment. */
  readonly failed: string[]
  /** In the database and not in the folder: it was migrated by a newer or another version. */
  readonly unknown: string[]
}

/** Compares prisma/migrations with the database. Changes nothing. */
export async function migrationStatus(
  databaseUrl: string,
  options?: SchemaOptions,
): Promise<MigrationStatus> {
  const migrations = await readMigrations(options)
  return withEngine(databaseUrl, ({ engine }) => readStatus(engine, migrations))
}

export async function readStatus(engine: SchemaEngine, migrations: MigrationList): Promise<MigrationStatus> {
  const { history, editedMigrationNames, failedMigrationNames } = await engine.diagnoseMigrationHistory({
    migrationsList: migrations,
    optInToShadowDatabase: false,
    filters,
  })
  const pending = history && 'unappliedMigrationNames' in history ? history.unappliedMigrationNames : []
  const unknown = history && 'unpersistedMigrationNames' in history ? history.unpersistedMigrationNames : []
  const open = new Set([...pending, ...failedMigrationNames])
  return {
    applied: migrations.migrationDirectories.map(({ path }) => path).filter((name) => !open.has(name)),
    pending,
    edited: editedMigrationNames.filter((name) => !open.has(name)),
    failed: failedMigrationNames,
    unknown,
  }
}
