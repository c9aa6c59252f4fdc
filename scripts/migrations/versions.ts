// PostgreSQL 15 to 18 are supported. Migrations are written for 18, whose one statement that the others lack has an equal
// there; what is kept of a migration (its name and checksum) is the same on all of them.
import type pg from 'pg'
import { CannotMigrate } from './refusal.ts'

const OLDEST = 15
const NEWEST = 18

/** The server's major version. Throws where it is too old. */
export async function majorOf(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ number: string; name: string }>(
    `SELECT current_setting('server_version_num') AS number, current_setting('server_version') AS name`,
  )
  const major = Math.floor(Number(rows[0]?.number) / 10_000)
  if (major >= OLDEST) return major
  throw new CannotMigrate(
    `PostgreSQL ${rows[0]?.name} is too old: Karcis needs ${OLDEST} to ${NEWEST}. Nothing was changed.`,
  )
}

/** Whether a constraint can be in the catalogue and not enforced. */
export const knowsNotEnforced = (major: number): boolean => major >= 18

const NOT_ENFORCED = /^ALTER TABLE (\S+) ALTER CONSTRAINT (\S+) NOT ENFORCED;$/gm

/** A migration as this server can run it. As long as the file, so that places in it stay the same. */
export const scriptFor = (major: number, script: string): string =>
  knowsNotEnforced(major)
    ? script
    : script.replace(NOT_ENFORCED, (statement, table: string, name: string) =>
        `ALTER TABLE ${table} DROP CONSTRAINT ${name};`.padEnd(statement.length),
      )

/** What 20261121155000_order_references leaves in the catalogue of 18, and drops before. Whoever drops one for good takes it out here. */
const REFERENCES = [
  ['"order"', 'order_organizer_id_fkey', 'organizer_id', 'organizer', 'RESTRICT'],
  ['"order"', 'order_event_id_fkey', 'event_id', 'event', 'SET NULL'],
  ['order_line', 'order_line_order_id_fkey', 'order_id', '"order"', 'CASCADE'],
  ['order_line', 'order_line_ticket_category_id_fkey', 'ticket_category_id', 'ticket_category', 'SET NULL'],
] as const

/** A database that came from an older server to 18 gets what it could not have there. It checks no row. */
export async function completeReferences(client: pg.Client, major: number): Promise<void> {
  if (!knowsNotEnforced(major)) return
  for (const [table, name, column, other, onDelete] of REFERENCES) {
    const { rows } = await client.query<{ missing: boolean }>(
      `SELECT to_regclass($1) IS NOT NULL AND NOT EXISTS (
         SELECT FROM pg_constraint WHERE conrelid = to_regclass($1) AND conname = $2
       ) AS missing`,
      [table, name],
    )
    if (rows[0]?.missing)
      await client.query(
        `ALTER TABLE ${table} ADD CONSTRAINT ${name} FOREIGN KEY (${column}) REFERENCES ${other} (id)
           ON DELETE ${onDelete} ON UPDATE CASCADE NOT ENFORCED`,
      )
  }
}
