import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { MigrationDirectory, MigrationList, SchemaContainer } from '@prisma/schema-engine-wasm'

export interface SchemaOptions {
  /** The folder of schema.prisma and migrations/. */
  readonly schemaDir?: string
}

export const prismaDir = fileURLToPath(new URL('../../prisma', import.meta.url))
export const lockfile = 'migration_lock.toml'

const absentAs =
  <T>(value: T) =>
  (error: NodeJS.ErrnoException): T => {
    if (error.code === 'ENOENT') return value
    throw error
  }

/** prisma/migrations in the form that the engine wants; it reads no files by itself. */
export async function readMigrations({ schemaDir = prismaDir }: SchemaOptions = {}): Promise<MigrationList> {
  const baseDir = join(schemaDir, 'migrations')
  const entries = await readdir(baseDir, { withFileTypes: true }).catch(absentAs([]))
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name)
  return {
    baseDir,
    lockfile: {
      path: lockfile,
      content: await readFile(join(baseDir, lockfile), 'utf8').catch(absentAs(null)),
    },
    shadowDbInitScript: '',
    migrationDirectories: await Promise.all(names.sort().map((name) => readMigration(baseDir, name))),
  }
}

async function readMigration(baseDir: string, name: string): Promise<MigrationDirectory> {
  const path = 'migration.sql'
  const value = await readFile(join(baseDir, name, path), 'utf8').catch(absentAs(undefined))
  // The engine skips a folder that it cannot read, which would leave a migration out without a word.
  if (value === undefined) {
    throw new Error(`prisma/migrations/${name} has no migration.sql. Restore the file or remove the folder.`)
  }
  return { path: name, migrationFile: { path, content: { tag: 'ok', value } } }
}

export async function readSchema({ schemaDir = prismaDir }: SchemaOptions = {}): Promise<SchemaContainer[]> {
  const path = join(schemaDir, 'schema.prisma')
  return [{ path, content: await readFile(path, 'utf8') }]
}
