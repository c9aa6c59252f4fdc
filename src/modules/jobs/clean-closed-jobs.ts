import { addSeconds } from '../../platform/clock.ts'
import type { Deps } from '../../platform/deps.ts'
import { deleteClosed } from '../../platform/outbox-rows.ts'

const KEPT_SECONDS = 7 * 86_400
// A sale leaves hundreds of thousands at once: one statement for all of them would hold up everybody who waits for the disk.
const BATCH = 1_000

/** Deletes jobs that were done a week ago, a thousand at a time. Dead letters stay. */
export async function cleanClosedJobs(
  deps: Pick<Deps, 'clock' | 'prisma'>,
  signal: AbortSignal,
): Promise<number> {
  const before = addSeconds(deps.clock.now(), -KEPT_SECONDS)
  let deleted = 0
  while (!signal.aborted) {
    const rows = await deleteClosed(deps.prisma, before, BATCH)
    deleted += rows
    if (rows < BATCH) break
  }
  return deleted
}
