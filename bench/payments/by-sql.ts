// (a) One raw transaction a settlement. A loser waits a little and tries again, as Karcis' own runner does.
import { setTimeout as sleep } from 'node:timers/promises'
import { Pool } from 'pg'
import { serveWork } from '../work.ts'
import { type Settled, type Settling, settleAll } from './work.ts'

const pool = new Pool({
  connectionString: process.env['DATABASE_URL'],
  max: 10,
  options: '-c default_transaction_isolation=serializable',
})

serveWork(
  (work: Settling): Promise<Settled> =>
    settleAll(work, async ({ paymentId, body }) => {
      for (let attempt = 1; ; attempt += 1) {
        try {
          await pool.query({
            name: 'settle',
            text: 'SELECT bench_settle($1, $2)',
            values: [paymentId, body],
          })
          return
        } catch (error) {
          if (!(error instanceof Error && 'code' in error && error.code === '40001')) throw error
          await sleep(Math.random() * Math.min(8 * 2 ** attempt, 400))
        }
      }
    }),
)
