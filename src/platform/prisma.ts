import { PrismaPg } from '@prisma/adapter-pg'
import { Pool } from 'pg'
import { PrismaClient } from '../generated/prisma/client.ts'
import type { Log } from './telemetry.ts'

export { Prisma, type PrismaClient } from '../generated/prisma/client.ts'

/** What a serializable callback gets: the client without what makes no sense inside a transaction. */
export type Tx = Omit<PrismaClient, '$connect' | '$disconnect' | '$on' | '$transaction' | '$extends'>

export interface Database {
  readonly prisma: PrismaClient
  readonly pool: Pool
  close(): Promise<void>
}

/** Opens a bounded pool. A query waits at most 5 s for a connection and runs at most 30 s. */
export function openDatabase(options: { url: string; poolSize: number; log: Log }): Database {
  const pool = new Pool({
    connectionString: options.url,
    max: options.poolSize,
    // A plain query has no pool time-out of its own: without this a spike waits for ever.
    connectionTimeoutMillis: 5_000,
    statement_timeout: 30_000,
    idle_in_transaction_session_timeout: 30_000,
    application_name: 'karcis',
    // The adapter takes the server's local time for UTC: in a session of another zone every date would be wrong.
    options: '-c TimeZone=UTC',
  })
  let closing = false
  // A server that goes away raises 'error' on idle clients, which would end the process. While we close, it may be told
  // to stop before the last socket is gone.
  pool.on('error', ({ message }) => {
    if (!closing) options.log.warn({ reason: message }, 'an idle database connection was lost')
  })
  const prisma = new PrismaClient({ adapter: new PrismaPg(pool) })
  return {
    prisma,
    pool,
    close: async () => {
      closing = true
      await prisma.$disconnect()
      await pool.end()
    },
  }
}
