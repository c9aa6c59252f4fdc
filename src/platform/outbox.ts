import type { Deps } from './deps.ts'
import { newId } from './ids.ts'
import type { Sql } from './sql.ts'

/** A job that commits with its cause. */
export interface Job {
  readonly kind: string
  readonly payload: Readonly<Record<string, unknown>>
  /** Not before this; null: at once. */
  readonly dueAt?: Date | null
  /** Who caused it, of fairness.ts: jobs of one kind take turns by it. Left out: nobody in particular. */
  readonly fairnessBucket?: number
}

/** Writes jobs in the transaction of their cause, in one statement. */
export async function enqueue(deps: Pick<Deps, 'clock'>, tx: Sql, jobs: readonly Job[]): Promise<void> {
  if (jobs.length === 0) return
  const now = deps.clock.now()
  await tx.$executeRaw`
    INSERT INTO outbox (id, kind, payload, due_at, created_at, fairness_bucket)
    SELECT id::uuid, kind, payload::jsonb, due_at, ${now}::timestamptz, bucket
    FROM unnest(${jobs.map(() => newId())}::text[], ${jobs.map((job) => job.kind)}::text[],
                ${jobs.map((job) => JSON.stringify(job.payload))}::text[],
                ${jobs.map((job) => job.dueAt ?? now)}::timestamptz[],
                ${jobs.map((job) => job.fairnessBucket ?? 0)}::int[]) AS job (id, kind, payload, due_at, bucket)`
}
