import { Prisma, type PrismaClient } from './prisma.ts'

/** How the rows of one model are written as JSON and read again. */
export interface JsonModel {
  /** A JSON object of columns, under the names of their fields. */
  readonly object: Prisma.Sql
  /** Fields that hold moments: JSON has them as text. */
  readonly moments: readonly string[]
}

/**
 * A model whose columns are its fields in snake case and whose moments, and they alone, end in "At"; `fields` says
 * which. `lists` names its lists, which Prisma may store as NULL when they are empty. Not for models with
 * a bigint: JSON would round it.
 */
export function jsonModel(
  table: string,
  fields: readonly string[],
  lists: readonly string[] = [],
): JsonModel {
  const written = (field: string) => {
    const column = `${table}.${field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}`
    return lists.includes(field) ? `coalesce(${column}, '{}')` : column
  }
  const members = fields.map((field) => `'${field}', ${written(field)}`)
  return {
    object: Prisma.raw(`json_build_object(${members.join(', ')})`),
    moments: fields.filter((field) => field.endsWith('At')),
  }
}

/**
 * Reads rows as one JSON text. Prisma makes a value of each cell, which for a page of 20 events with their organizers
 * takes four times the CPU. `row` is one JSON value, and `from` all that comes after SELECT's list.
 */
export async function readJson<Row>(
  client: Pick<PrismaClient, '$queryRaw'>,
  row: Prisma.Sql,
  from: Prisma.Sql,
): Promise<Row[]> {
  const [read] = await client.$queryRaw<{ rows: string | null }[]>`
    SELECT json_agg(page.row)::text AS rows FROM (SELECT ${row} AS row ${from}) page`
  return read?.rows ? JSON.parse(read.rows) : []
}

/** Makes dates of the texts of a row that was just read, in place. */
export function reviveMoments(row: object, moments: readonly string[]): void {
  const fields = row as Record<string, unknown>
  for (const field of moments) {
    const value = fields[field]
    if (typeof value === 'string') fields[field] = new Date(value)
  }
}
