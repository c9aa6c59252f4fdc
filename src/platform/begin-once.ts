import { Client, type Pool, type PoolClient } from 'pg'

const ISOLATION = /^SET TRANSACTION (ISOLATION LEVEL [A-Z ]+)$/
const PLANNER = [
  'enable_seqscan = off',
  'enable_hashjoin = off',
  'enable_mergejoin = off',
  'plan_cache_mode = force_generic_plan',
]
  .map((setting) => `SET LOCAL ${setting}`)
  .join('; ')

/** One statement that begins a transaction, at the isolation that serializable.ts names. */
export const beginAt = (isolation: string): string => `BEGIN ${isolation}; ${PLANNER}`

const DONE = { fields: [], rows: [], rowCount: 0 }

/**
 * Prisma begins a transaction with two statements, and each is a way there and back while a hot row waits. Connections of
 * this pool send them as one, together with some words to the planner, because a transaction finds its rows by keys. No
 * sequential scans, and no joins that read a table whole: in the first minute of a sale tables grow from nothing, and a plan that
 * was made then, and is kept, would read all of them. Other tables stay small, and whoever has read a row at this isolation
 * is in the way of whoever changes it. And plans are kept: to plan a lone order anew costs PostgreSQL as much as to place it.
 */
export function beginOnce(pool: Pool): void {
  pool.on('connect', (client: PoolClient) => {
    const send = (...args: unknown[]): unknown => Reflect.apply(Client.prototype.query, client, args)
    let begun = false
    const query = (...args: unknown[]): unknown => {
      const text = textOf(args[0])
      if (text === 'BEGIN') {
        begun = true
        return Promise.resolve(DONE)
      }
      if (!begun) return send(...args)
      begun = false
      const isolation = ISOLATION.exec(text)?.[1]
      if (isolation) return send(beginAt(isolation))
      return Promise.resolve(send('BEGIN')).then(() => send(...args))
    }
    client.query = query as typeof client.query
  })
}

const textOf = (query: unknown): string =>
  typeof query === 'object' && query !== null && 'text' in query ? String(query.text) : String(query)
