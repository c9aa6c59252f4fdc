// (a) One raw transaction an order, on so many connections. A loser waits a little and tries again, as Karcis' own runner does.
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { Pool } from 'pg'
import { serveWork } from '../work.ts'
import { type Asked, buyers, emailOf, GivenUp, type Purchase, type Seen } from './work.ts'

const pools = new Map<number, Pool>()

function poolOf(connections: number): Pool {
  const known = pools.get(connections)
  if (known) return known
  const pool = new Pool({
    connectionString: process.env['DATABASE_URL'],
    max: connections,
    options: '-c default_transaction_isolation=serializable',
  })
  pools.set(connections, pool)
  return pool
}

serveWork(async (asked: Asked & { connections: number }): Promise<Seen & { retries: number }> => {
  const pool = poolOf(asked.connections)
  const until = performance.now() + (asked.seconds + 2) * 1_000
  let retries = 0
  const place = async ({ item, person }: Purchase) => {
    const values = [item.categoryId, emailOf(person), randomUUID()]
    for (let attempt = 1; ; attempt += 1) {
      try {
        await pool.query({ name: 'place', text: 'SELECT bench_place_order($1, $2, $3)', values })
        return
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && error.code === '40001')) throw error
        if (performance.now() > until) throw new GivenUp()
        retries += 1
        await sleep(Math.random() * Math.min(8 * 2 ** attempt, 400))
      }
    }
  }
  const seen = await buyers(asked, place)
  return { ...seen, retries }
})
