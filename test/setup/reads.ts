import { Client } from 'pg'

/** Of a table: its rows or pages, or all of it. Of an index: the pages where something was looked for. */
export interface Read {
  readonly relation: string
  readonly isIndex: boolean
  readonly what: 'tuple' | 'page' | 'relation'
  /** How many of them, each once. */
  readonly count: number
}

/**
 * What serializable transactions read while `work` runs, as far as PostgreSQL remembers it: whoever changes that is in their way.
 * What they write themselves it need not remember.
 */
export async function readsOf(databaseUrl: string, work: () => Promise<unknown>): Promise<Read[]> {
  const other = new Client({ connectionString: databaseUrl })
  await other.connect()
  try {
    // It is remembered as long as a transaction is under way that was so at the same time.
    await other.query('BEGIN ISOLATION LEVEL SERIALIZABLE; SELECT 1 FROM organizer')
    await work()
    const { rows } = await other.query<Read>(`
      SELECT relation::regclass::text AS relation, relkind = 'i' AS "isIndex", locktype AS what,
             count(DISTINCT (page, tuple))::int AS count
      FROM pg_locks JOIN pg_class ON pg_class.oid = relation
      WHERE mode = 'SIReadLock' AND relation <> 'organizer'::regclass
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
      GROUP BY 1, 2, 3`)
    return rows
  } finally {
    await other.end()
  }
}
