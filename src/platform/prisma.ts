import { PrismaPg } from '@prisma/adapter-pg'
import { Pool } from 'pg'
import { PrismaClient } from '../generated/prisma/client.ts'
import { sessionClass } from './session.ts'
import type { Log } from './telemetry.ts'
import { createTransact, type Transact } from './transact.ts'

export { Prisma, type PrismaClient } from '../generated/prisma/client.ts'

/** What a serializable callback gets: the client without what makes no sense inside a transaction. */
export type Tx = Omit<PrismaClient, '$connect' | '$disconnect' | '$on' | '$transaction' | '$extends'>

export interface Database {
  readonly prisma: PrismaClient
  readonly pool: Pool
  readonly transact: Transact
  close(): Promise<void>
}

export interface DatabaseOptions {
  readonly url: string
  readonly poolSize: number
  readonly log: Log
  /** What a caller may take in all; 30 s unless told. */
  readonly timeoutMs?: number
  /** Whether connections keep what they have parsed. A pooler between must know of it: PgBouncer does since 1.21. */
  readonly preparedStatements?: boolean
  /** Whether it may be a standby: for reads alone. */
  readonly standby?: boolean
}

// Each connection keeps every statement that has a name, so what is written in ever new ways gets none.
const MAX_NAMES = 500

/**
 * A comment in a statement for tables that grow from nothing within minutes: what is planned once and kept would go on to
 * read all of them. In a transaction `beginAt` takes care of that.
 */
export const PLANNED_ANEW = '/* planned anew */'

/** A name for each SQL text, as long as there are not too many. */
function statementNames(): (sql: string) => string {
  const names = new Map<string, string>()
  return (sql) => {
    const known = names.get(sql)
    // pg takes an empty name for none.
    if (known !== undefined || names.size >= MAX_NAMES) return known ?? ''
    const name = sql.includes(PLANNED_ANEW) ? '' : `karcis_${names.size}`
    names.set(sql, name)
    return name
  }
}

/**
 * Opens a bounded pool. A statement waits for a connection at most half of `timeoutMs`, and PostgreSQL ends it a little
 * before the other half is over: nothing that a caller asked for at first still runs when the caller has given up.
 */
export function openDatabase(options: DatabaseOptions): Database {
  const timeoutMs = options.timeoutMs ?? 30_000
  const pool = new Pool({
    connectionString: options.url,
    max: options.poolSize,
    // A plain query has no pool time-out of its own: without this a spike waits for ever.
    connectionTimeoutMillis: timeoutMs / 2,
    // The one setting that PgBouncer lets a connection start with. What else there is to set, a session sets by itself.
    application_name: 'karcis',
    // Prisma waits for each answer all the same; who does not saves the way there and back.
    pipeline: true,
    Client: sessionClass({
      statementMs: Math.ceil(timeoutMs * 0.45),
      idleMs: 30_000,
      standby: options.standby ?? false,
      named: options.preparedStatements ?? false,
      onNamesRefused: () =>
        options.log.warn(
          'DATABASE_PREPARED_STATEMENTS: the pooler before the database does not know them (PgBouncer does since 1.21, with max_prepared_statements); statements go without. Set it to false.',
        ),
    }),
  })
  const nameOf = options.preparedStatements ? statementNames() : () => ''
  let closing = false
  // A server that goes away raises 'error' on idle clients, which would end the process. While we close, it may be told
  // to stop before the last socket is gone.
  pool.on('error', ({ message }) => {
    if (!closing) options.log.warn({ reason: message }, 'an idle database connection was lost')
  })
  const prisma = new PrismaClient({
    adapter: new PrismaPg(pool, { statementNameGenerator: ({ sql }) => nameOf(sql) }),
    transactionOptions: { maxWait: timeoutMs / 2, timeout: timeoutMs },
  })
  return {
    prisma,
    pool,
    transact: createTransact(pool, nameOf),
    close: async () => {
      closing = true
      await prisma.$disconnect()
      await pool.end()
    },
  }
}
