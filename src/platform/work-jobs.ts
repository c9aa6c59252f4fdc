import { pauseAfter } from './backoff.ts'
import type { Deps } from './deps.ts'
import { summaryOf } from './error-summary.ts'
import { gather } from './gather.ts'
import {
  beginAttempts,
  bury,
  closeRows,
  type Offer,
  type OpenRow,
  type Owner,
  putOff,
  withdraw,
} from './outbox-rows.ts'
import type { Pace } from './pace.ts'

/** Does one job. May run more than once, so it does nothing twice. */
export type Handler = (
  jobId: string,
  payload: Readonly<Record<string, unknown>>,
  fairnessBucket: number,
) => Promise<void>

export interface WorkOptions {
  readonly handlers: Readonly<Record<string, Handler>>
  /** Whose job it is, asked when one is given up. */
  readonly ownerOf: (row: OpenRow) => Promise<Owner>
}

/** What a worker does with an offer: begins, runs and closes the job, or says how it failed. */
export function createWork(deps: Deps, { handlers, ownerOf }: WorkOptions, pace: Pace) {
  const begin = gather((offers: readonly Offer[]) => beginAttempts(deps, offers))
  const close = gather(async (ids: readonly string[]) => {
    await closeRows(deps, ids)
    return ids
  })

  return async ({ data }: { readonly data: Offer }): Promise<void> => {
    // Before it begins: what waits for its turn has no attempt to lose.
    if (!(await pace())) return giveBack(deps, data)
    const row = await begin(data)
    if (!row) return
    const { id, kind } = row
    const stop = deps.metrics.jobDuration.startTimer({ kind })
    try {
      const handler = handlers[kind]
      if (!handler) throw new Error(`There is no handler for this kind of job.`)
      await handler(id, row.payload, row.fairnessBucket)
    } catch (error) {
      await fail(deps, row, error, ownerOf)
      // What Redis keeps of it is for a dashboard, so it says no more than staff may read.
      const told = new Error(summaryOf(error))
      told.stack = ''
      throw told
    } finally {
      stop()
    }
    await close(id)
    deps.metrics.jobs.inc({ kind, outcome: 'succeeded' })
  }
}

/** For another process, at once. Without this it would be offered again a minute later. */
async function giveBack(deps: Deps, offer: Offer): Promise<void> {
  try {
    await withdraw(deps.prisma, [offer])
  } catch (error) {
    deps.log.warn({ err: error, jobId: offer.id }, 'a job that was not begun could not be given back')
  }
}

/** After the last attempt the row is dead, before that it is due again after a pause. */
async function fail(
  deps: Deps,
  row: OpenRow,
  error: unknown,
  ownerOf: WorkOptions['ownerOf'],
): Promise<void> {
  const { id, kind, attempts } = row
  const dead = attempts >= row.giveUpAfter
  deps.metrics.jobs.inc({ kind, outcome: dead ? 'dead' : 'failed' })
  deps.log[dead ? 'error' : 'warn']({ jobId: id, kind, attempt: attempts, err: error }, 'a job failed')
  const summary = summaryOf(error)
  if (dead) await bury(deps, row, summary, await ownerOf(row))
  else await putOff(deps.prisma, row, summary, new Date(deps.clock.now().getTime() + pauseAfter(attempts)))
}
