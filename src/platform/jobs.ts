import { setTimeout as sleep } from 'node:timers/promises'
import { Queue, Worker } from 'bullmq'
import type { Redis } from 'ioredis'
import type { Deps } from './deps.ts'
import { type Lane, type LaneOptions, lanesOf, QUEUE_PREFIX } from './lanes.ts'
import { createPace, unpaced } from './pace.ts'
import { type JobData, relay } from './relay.ts'
import { createWork, type WorkOptions } from './work-jobs.ts'

/** Work by the clock that any number of processes may do at once, because it is one idempotent statement or a few. */
export interface Chore {
  readonly name: string
  readonly everySeconds: number
  /** May end early when `signal` says that the process stops. */
  run(signal: AbortSignal): Promise<unknown>
}

export interface JobOptions extends LaneOptions, WorkOptions {
  readonly connection: Redis
  readonly chores: readonly Chore[]
  readonly pollMs: number
  /** Jobs of one lane that run at once in this process. */
  readonly concurrency: number
}

export interface Jobs {
  /** Stops taking jobs and waits for those under way. One that waits for its turn is given back. */
  close(): Promise<void>
}

/** Hands due rows of the outbox to BullMQ, works them, and closes each row when its job has succeeded. */
export function startJobs(deps: Deps, options: JobOptions): Jobs {
  const stopping = new AbortController()
  const stopped = new Promise<false>((resolve) => {
    stopping.signal.addEventListener('abort', () => resolve(false))
  })
  const lanes = lanesOf(options).map((lane) => openLane(deps, lane, options, stopping.signal))
  const loops = [
    ...lanes.map(({ name, handOver }) =>
      // A queue that is not there answers nothing at all, and must not keep the process from stopping.
      repeat(deps, name, stopping.signal, options.pollMs, () => Promise.race([handOver(), stopped])),
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
      // In this order, so that no job is taken only to be given back.
      const closed = lanes.map(({ worker }) => worker.close())
      stopping.abort()
      await Promise.all([...loops, ...closed])
      await Promise.all(lanes.map(({ queue }) => queue.close()))
    },
  }
}

function openLane(
  deps: Deps,
  { queue: name, kinds, perSecond }: Lane,
  options: JobOptions,
  stopping: AbortSignal,
) {
  const common = { connection: options.connection, prefix: QUEUE_PREFIX }
  const pace = perSecond === null ? unpaced : createPace(perSecond, stopping)
  const queue = new Queue<JobData>(name, common)
  const worker = new Worker<JobData>(name, createWork(deps, options, pace), {
    ...common,
    concurrency: options.concurrency,
  })
  const quietly = (error: Error) => deps.log.warn({ reason: error.message }, 'the job queue is not reachable')
  queue.on('error', quietly)
  worker.on('error', quietly)
  const { ownerOf, pollMs } = options
  const served = new Map<number, number>()
  const handOver = () => relay(deps, queue, { kinds, perSecond, ownerOf, pollMs, served })
  return { name: `outbox relay of ${name}`, queue, worker, handOver }
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
