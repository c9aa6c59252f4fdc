import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { applyMigrations, MigrationFailed } from './apply.ts'
import { engineMessage, filters, withEngine } from './engine.ts'
import { readSchema, type SchemaOptions } from './folder.ts'
import { CannotMigrate } from './refusal.ts'
import { knowsNotEnforced } from './versions.ts'

/**
 * The SQL that leads from prisma/migrations to schema.prisma, '' when they agree. The migrations are applied
 * to a temporary database of that server, so the URL's role needs CREATEDB. CHECK constraints, triggers and
 * expression indexes are unknown to Prisma and never in the answer.
 */
export async function diffFromMigrations(serverUrl: string, options?: SchemaOptions): Promise<string> {
  const files = await readSchema(options)
  return withShadowDatabase(serverUrl, async (shadowUrl) => {
    await applyMigrations(shadowUrl, options).catch((error: unknown) => {
      if (!(error instanceof MigrationFailed)) throw error
      throw new Error(`prisma/migrations cannot build an empty database.\n${error.reason}`, { cause: error })
    })
    return withEngine(shadowUrl, async ({ engine, major }) => {
      if (!knowsNotEnforced(major))
        throw new CannotMigrate(
          `New migrations are written on PostgreSQL 18, which npm brings along; DATABASE_URL names a server of ${major}.`,
        )
      const { exitCode, stdout } = await engine
        .diff({
          // The engine connects through its adapter; of this "datasource" it uses the preview features alone.
          from: { tag: 'schemaDatasource', files, configDir: '' },
          to: { tag: 'schemaDatamodel', files },
          script: true,
          exitCode: true,
          filters,
        })
        .catch((error: unknown) => {
          throw new Error(`prisma/schema.prisma could not be compared. ${engineMessage(error)}`, {
            cause: error,
          })
        })
      // 0 comes with a comment that says the migration is empty.
      return exitCode === 0 ? '' : (stdout ?? '')
    })
  })
}

async function withShadowDatabase<T>(serverUrl: string, use: (url: string) => Promise<T>): Promise<T> {
  const name = `karcis_shadow_${randomBytes(6).toString('hex')}`
  const url = new URL(serverUrl)
  url.pathname = `/${name}`
  const client = new pg.Client({ connectionString: serverUrl, application_name: 'karcis-migrate' })
  client.on('error', () => {})
  await client.connect()
  try {
    // template1 may hold additions of its owner, and refuses to be copied while someone is connected to it.
    await client.query(`CREATE DATABASE ${name} TEMPLATE template0`)
    try {
      return await use(url.href)
    } finally {
      await client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)
    }
  } finally {
    await client.end()
  }
}
