import { setTimeout as sleep } from 'node:timers/promises'
import { Queue, Worker } from 'bullmq'
import type { Redis } from 'ioredis'
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
} from './outbox-rows.ts'
import { type JobData, relay } from './relay.ts'

/** Does one job. May run more than once, so it does nothing twice. */
export type Handler = (jobId: string, payload: Readonly<Record<string, unknown>>) => Promise<void>

/** Work by the clock that any number of processes may do at once, because it is one idempotent statement or a few. */
export interface Chore {
  readonly name: string
  readonly everySeconds: number
  /** May end early when `signal` says that the process stops. */
  run(signal: AbortSignal): Promise<unknown>
}

export interface JobOptions {
  readonly connection: Redis
  readonly handlers: Readonly<Record<string, Handler>>
  readonly chores: readonly Chore[]
  readonly pollMs: number
  /** Jobs that run at once in this process. */
  readonly concurrency: number
  /** Whose job it is, asked when one is given up. */
  readonly ownerOf: (row: OpenRow) => Promise<Owner>
}

export interface Jobs {
  /** Stops taking jobs and waits for those under way. */
  close(): Promise<void>
}

export const QUEUE = 'jobs'
// The braces keep all keys of the queue in one slot of a Redis Cluster.
export const QUEUE_PREFIX = '{karcis}'

/** Hands due rows of the outbox to BullMQ, works them, and closes each row when its job has succeeded. */
export function startJobs(deps: Deps, options: JobOptions): Jobs {
  const common = { connection: options.connection, prefix: QUEUE_PREFIX }
  const queue = new Queue<JobData>(QUEUE, common)
  const worker = new Worker<JobData>(QUEUE, createWork(deps, options), {
    ...common,
    concurrency: options.concurrency,
  })
  const quietly = (error: Error) => deps.log.warn({ reason: error.message }, 'the job queue is not reachable')
  queue.on('error', quietly)
  worker.on('error', quietly)
  const stopping = new AbortController()
  const stopped = new Promise<false>((resolve) => {
    stopping.signal.addEventListener('abort', () => resolve(false))
  })
  const loops = [
    // A queue that is not there answers nothing at all, and must not keep the process from stopping.
    repeat(deps, 'outbox relay', stopping.signal, options.pollMs, () =>
      Promise.race([relay(deps, queue, options.ownerOf), stopped]),
    ),
    ...options.chores.map((chore) =>
      repeat(deps, chore.name, stopping.signal, chore.everySeconds * 1_000, async () => {
        await chore.run(stopping.signal)
        deps.metrics.choreDone.set({ name: chore.name }, deps.clock.now().getTime() / 1_000)
        return false
      }),
    ),
  ]
  return {
    async close() {
      stopping.abort()
      await Promise.all(loops)
      await worker.close()
      await queue.close()
    },
  }
}

function createWork(deps: Deps, { handlers, ownerOf }: JobOptions) {
  const begin = gather((offers: readonly Offer[]) => beginAttempts(deps, offers))
  const close = gather(async (ids: readonly string[]) => {
    await closeRows(deps, ids)
    return ids
  })

  return async ({ data }: { data: JobData }): Promise<void> => {
    const row = await begin(data)
    if (!row) return
    const { id, kind } = row
    const stop = deps.metrics.jobDuration.startTimer({ kind })
    try {
      const handler = handlers[kind]
      if (!handler) throw new Error(`There is no handler for this kind of job.`)
      await handler(id, row.payload)
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

/** After the last attempt the row is dead, before that it is due again after a pause. */
async function fail(deps: Deps, row: OpenRow, error: unknown, ownerOf: JobOptions['ownerOf']): Promise<void> {
  const { id, kind, attempts } = row
  const dead = attempts >= row.giveUpAfter
  deps.metrics.jobs.inc({ kind, outcome: dead ? 'dead' : 'failed' })
  deps.log[dead ? 'error' : 'warn']({ jobId: id, kind, attempt: attempts, err: error }, 'a job failed')
  const summary = summaryOf(error)
  if (dead) await bury(deps, row, summary, await ownerOf(row))
  else await putOff(deps.prisma, row, summary, new Date(deps.clock.now().getTime() + pauseAfter(attempts)))
}

/** Calls `step` until told to stop; at once again while it says that there is more. */
async function repeat(
  deps: Deps,
  name: string,
  signal: AbortSignal,
  pauseMs: number,
  step: () => Promise<boolean>,
): Promise<void> {
  while (!signal.aborted) {
    const more = await step().catch((error: unknown) => {
      deps.log.warn({ err: error, name }, 'a background step failed and will be tried again')
      return false
    })
    if (!more) await sleep(pauseMs, undefined, { signal }).catch(() => undefined)
  }
}
