import { expect, inject, test } from 'vitest'
import { diffFromMigrations } from '../scripts/migrations/diff.ts'
import { migrationStatus } from '../scripts/migrations/status.ts'
import { EMPTY } from './setup/services.ts'

const server = (database: string) => inject('databaseUrl').replace('DATABASE', database)

test('the migrations lead exactly to schema.prisma', async () => {
  expect(await diffFromMigrations(server('postgres'))).toBe('')
})

test('a migrated database has nothing pending, edited, failed or unknown', async () => {
  const { applied, ...rest } = await migrationStatus(server(EMPTY))
  expect(applied.length).toBeGreaterThan(0)
  expect(rest).toEqual({ pending: [], edited: [], failed: [], unknown: [] })
})
