import { readdirSync } from 'node:fs'
import { arrayLiteral } from './array-literal.ts'
import type { PrismaClient } from './prisma.ts'

const FOLDER = new URL('../../prisma/migrations/', import.meta.url)

/** The migrations that this release was made with, by the names of their folders. Read once, at the start. */
export const ownMigrations = (): readonly string[] =>
  readdirSync(FOLDER, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)

/** How many of these migrations the database lacks. It may have more, of a later release. Throws when it does not answer. */
export async function countPending(prisma: PrismaClient, names: readonly string[]): Promise<number> {
  const [row] = await countApplied(prisma, names).catch(async (error: unknown) => {
    if (await isEmpty(prisma)) return [{ applied: 0 }]
    throw error
  })
  return names.length - (row?.applied ?? 0)
}

const countApplied = (prisma: PrismaClient, names: readonly string[]) =>
  prisma.$queryRaw<{ applied: number }[]>`
    SELECT count(DISTINCT migration_name)::int AS applied FROM _prisma_migrations
    WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL AND migration_name = ANY(${arrayLiteral(names)}::text[])`

async function isEmpty(prisma: PrismaClient): Promise<boolean> {
  const [row] = await prisma.$queryRaw<{ empty: boolean }[]>`
    SELECT to_regclass('_prisma_migrations') IS NULL AS empty`
  return row?.empty ?? false
}
