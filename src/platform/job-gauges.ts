import { Gauge } from 'prom-client'
import { addSeconds } from './clock.ts'
import type { Deps } from './deps.ts'
import { type Backlog, backlog } from './outbox-rows.ts'
import { within } from './within.ts'

// A scrape of each of many processes must not become a load of its own.
const KEPT_SECONDS = 5
const PATIENCE_MS = 2_000

/**
 * How the outbox stands, as PostgreSQL has it: every process says the same, so dashboards take the maximum over processes and
 * never the sum. While PostgreSQL cannot be asked these metrics are absent, and the others are there all the same.
 */
export function measureOutbox(deps: Pick<Deps, 'clock' | 'log' | 'metrics' | 'prisma'>): void {
  let asked: { readonly until: Date; readonly rows: Promise<readonly Backlog[]> } | null = null

  function look(): Promise<readonly Backlog[]> {
    const now = deps.clock.now()
    if (!asked || asked.until <= now) {
      const rows = within(PATIENCE_MS, backlog(deps)).catch((error: unknown) => {
        deps.log.warn({ err: error }, 'the outbox could not be counted')
        return []
      })
      asked = { until: addSeconds(now, KEPT_SECONDS), rows }
    }
    return asked.rows
  }

  const gauge = (name: string, help: string, value: (row: Backlog) => number | null) =>
    new Gauge({
      name,
      help: `${help} The same in every process: take the maximum.`,
      labelNames: ['kind'],
      registers: [deps.metrics.registry],
      async collect() {
        const rows = await look()
        this.reset()
        for (const row of rows) {
          const number = value(row)
          if (number !== null) this.set({ kind: row.kind }, number)
        }
      },
    })
  gauge('karcis_jobs_due', 'Jobs that are due and not done, those that run included.', ({ due }) => due)
  gauge('karcis_jobs_put_off', 'Jobs that failed and wait for their next attempt.', ({ putOff }) => putOff)
  gauge('karcis_jobs_dead', 'Jobs that were given up and wait for staff.', ({ dead }) => dead)
  gauge('karcis_jobs_oldest_due_seconds', 'For how long the oldest job has been due.', ({ oldestDueAt }) =>
    oldestDueAt ? Math.max(0, (deps.clock.now().getTime() - oldestDueAt.getTime()) / 1_000) : null,
  )
}
