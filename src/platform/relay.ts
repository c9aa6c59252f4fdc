import type { Queue } from 'bullmq'
import { addSeconds } from './clock.ts'
import type { Deps } from './deps.ts'
import type { Lane } from './lanes.ts'
import { bury, claimDue, type OpenRow, withdraw } from './outbox-rows.ts'
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

/** Half of it, so that none is taken for lost, and offered again, because it waits for its turn. */
const mostWaiting = (perSecond: number | null): number =>
  perSecond === null ? MAX_WAITING : Math.min(MAX_WAITING, (perSecond * SILENT_SECONDS) / 2)

/** Hands what is due and open of a lane to its queue; true when there may be more. */
export async function relay(
  deps: Deps,
  queue: Queue<JobData>,
  { kinds, perSecond, ownerOf }: Pick<Lane, 'kinds' | 'perSecond'> & Pick<WorkOptions, 'ownerOf'>,
): Promise<boolean> {
  const room = Math.min(mostWaiting(perSecond) - (await queue.getWaitingCount()), BATCH)
  if (room <= 0) return false
  const now = deps.clock.now()
  const rows = await claimDue(deps, kinds, addSeconds(now, -SILENT_SECONDS), room)
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
  return rows.length === room
}

const jobOf = ({ id, kind, attempts }: OpenRow, now: Date) => ({
  name: kind,
  data: { id, attempts },
  opts: {
    // Of this offer and no other: an id that Redis still knows from a failed run would be taken for done.
    jobId: `${id}.${attempts}.${now.getTime()}`,
    // PostgreSQL counts attempts and knows when the next one is due.
    attempts: 1,
    removeOnComplete: true,
    removeOnFail: { count: KEPT_FAILURES },
  },
})
