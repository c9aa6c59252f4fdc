import type { Queue } from 'bullmq'
import { addSeconds } from './clock.ts'
import type { Deps } from './deps.ts'
import type { Lane } from './lanes.ts'
import { bury, type ClaimedRow, claimDue, withdraw } from './outbox-rows.ts'
import type { WorkOptions } from './work-jobs.ts'

/** What BullMQ carries: no payload, so that Redis and its dashboards never hold what a job is about. */
export interface JobData {
  readonly id: string
  /** How often it was begun when it was offered. */
  readonly attempts: number
}

const BATCH = 250
// What Redis holds at most of a lane. The rest waits in PostgreSQL: a Redis that is emptied forgets no more than this.
const MAX_WAITING = 1_000
// Longer than a handler takes. A job that Redis or a process lost is offered again after this.
const SILENT_SECONDS = 60
// For the dashboard alone.
const KEPT_FAILURES = 200

/** What a relay goes by. */
export interface RelayOptions extends Pick<Lane, 'kinds' | 'perSecond'>, Pick<WorkOptions, 'ownerOf'> {
  readonly pollMs: number
  /** Changed by each hand-over: where the turns of each rank were left. */
  readonly served: Map<number, number>
}

/**
 * What leaves until the poll after next, where there is a pace: what is in the queue has had its turn, and whatever comes
 * later stands behind all of it. And never more than half of what is worked before one is taken for lost.
 */
const mostWaiting = ({ perSecond, pollMs }: Pick<RelayOptions, 'perSecond' | 'pollMs'>): number =>
  perSecond === null
    ? MAX_WAITING
    : Math.min(MAX_WAITING, (perSecond * SILENT_SECONDS) / 2, Math.ceil((perSecond * 2 * pollMs) / 1_000))

/** Hands what is due and open of a lane to its queue; true when there may be more. */
export async function relay(deps: Deps, queue: Queue<JobData>, options: RelayOptions): Promise<boolean> {
  const { kinds, ownerOf, served } = options
  const waiting = await queue.getJobCountByTypes('wait', 'prioritized')
  const room = Math.min(mostWaiting(options) - waiting, BATCH)
  if (room <= 0) return false
  const now = deps.clock.now()
  const rows = await claimDue(deps, kinds, addSeconds(now, -SILENT_SECONDS), room, served)
  for (const { rank, fairnessBucket } of rows) served.set(rank, fairnessBucket)
  // Its process ended in the last attempt too, and so could not say it.
  const spent = rows.filter((row) => row.attempts >= row.giveUpAfter)
  for (const row of spent) await bury(deps, row, null, await ownerOf(row))
  const offered = rows.filter((row) => row.attempts < row.giveUpAfter)
  try {
    await queue.addBulk(offered.map((row) => jobOf(row, now)))
  } catch (error) {
    await withdraw(deps.prisma, offered)
    throw error
  }
  // Fewer than there is room for may be what is left of a turn, behind which there is more.
  return rows.length > 0
}

const jobOf = ({ id, kind, attempts, rank }: ClaimedRow, now: Date) => ({
  name: kind,
  data: { id, attempts },
  opts: {
    // Of this offer and no other: an id that Redis still knows from a failed run would be taken for done.
    jobId: `${id}.${attempts}.${now.getTime()}`,
    // PostgreSQL counts attempts and knows when the next one is due.
    attempts: 1,
    // What matters most goes before all others that wait; none has the highest.
    priority: rank,
    removeOnComplete: true,
    removeOnFail: { count: KEPT_FAILURES },
  },
})
