import { setTimeout as sleep } from 'node:timers/promises'
import { Queue, Worker } from 'bullmq'
import type { Redis } from 'ioredis'
import type { Deps } from './deps.ts'

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
}

export interface Jobs {
  /** Stops taking jobs and waits for those under way. */
  close(): Promise<void>
}

interface JobData {
  readonly kind: string
  readonly payload: Readonly<Record<string, unknown>>
}

const QUEUE = 'jobs'
const BATCH = 200
// Longer than a handler takes. A job that Redis lost is offered again after this.
const OFFER_AGAIN_SECONDS = 60
const ATTEMPTS = 8

/** Hands due rows of the outbox to BullMQ, works them, and closes each row when its job has succeeded. */
export function startJobs(deps: Deps, options: JobOptions): Jobs {
  // The braces keep all keys of the queue in one slot of a Redis Cluster.
  const common = { connection: options.connection, prefix: '{karcis}' }
  const queue = new Queue<JobData>(QUEUE, common)
  const worker = new Worker<JobData>(QUEUE, (job) => work(deps, options.handlers, job.id ?? '', job.data), {
    ...common,
    concurrency: 8,
  })
  const quietly = (error: Error) => deps.log.warn({ reason: error.message }, 'the job queue is not reachable')
  queue.on('error', quietly)
  worker.on('error', quietly)
  worker.on('failed', (job, error) => {
    if (!job) return
    deps.metrics.jobs.inc({ kind: job.data.kind, outcome: 'failed' })
    deps.log.warn(
      { jobId: job.id, kind: job.data.kind, attempt: job.attemptsMade, err: error },
      'a job failed',
    )
    if (job.attemptsMade >= ATTEMPTS) void bury(deps, job.id ?? '', error)
  })
  const stopping = new AbortController()
  const loops = [
    repeat(deps, 'outbox relay', stopping.signal, options.pollMs, () => relay(deps, queue)),
    ...options.chores.map((chore) =>
      repeat(deps, chore.name, stopping.signal, chore.everySeconds * 1_000, async () => {
        await chore.run(stopping.signal)
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

/** Offers what is due and open. Adding a job that is in the queue already does nothing: its id is the row's. */
async function relay(deps: Deps, queue: Queue<JobData>): Promise<boolean> {
  const now = deps.clock.now()
  const offeredBefore = new Date(now.getTime() - OFFER_AGAIN_SECONDS * 1_000)
  const rows = await deps.prisma.outbox.findMany({
    where: {
      closedAt: null,
      deadAt: null,
      dueAt: { lte: now },
      OR: [{ offeredAt: null }, { offeredAt: { lt: offeredBefore } }],
    },
    orderBy: [{ dueAt: 'asc' }, { id: 'asc' }],
    take: BATCH,
  })
  if (rows.length === 0) return false
  await queue.addBulk(
    rows.map(({ id, kind, payload }) => ({
      name: kind,
      data: { kind, payload: asPayload(payload) },
      opts: {
        jobId: id,
        attempts: ATTEMPTS,
        backoff: { type: 'exponential', delay: 1_000, jitter: 0.5 },
        removeOnComplete: true,
        removeOnFail: true,
      },
    })),
  )
  // Marked after the hand-over: dying in between only means that the rows are offered again.
  await deps.prisma.outbox.updateMany({
    where: { id: { in: rows.map(({ id }) => id) } },
    data: { offeredAt: now },
  })
  return rows.length === BATCH
}

async function work(
  deps: Deps,
  handlers: Readonly<Record<string, Handler>>,
  id: string,
  { kind, payload }: JobData,
): Promise<void> {
  const row = await deps.prisma.outbox.findUnique({ where: { id }, select: { closedAt: true } })
  // Gone or closed: a copy of a job that is done.
  if (!row || row.closedAt) return
  const handler = handlers[kind]
  if (!handler) throw new Error(`No handler for jobs of kind ${kind}.`)
  await handler(id, payload)
  await deps.prisma.outbox.update({ where: { id }, data: { closedAt: deps.clock.now(), error: null } })
  deps.metrics.jobs.inc({ kind, outcome: 'succeeded' })
}

/** After the last attempt the row stays, with its error, for staff to look at. */
async function bury(deps: Deps, id: string, error: Error): Promise<void> {
  await deps.prisma.outbox
    .update({ where: { id }, data: { deadAt: deps.clock.now(), error: error.message } })
    .catch((reason: unknown) => deps.log.error({ err: reason, jobId: id }, 'a dead job could not be marked'))
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

const asPayload = (payload: unknown): JobData['payload'] =>
  typeof payload === 'object' && payload !== null ? { ...payload } : {}
