import { addSeconds } from '../../platform/clock.ts'
import type { Deps } from '../../platform/deps.ts'

// Of orders without an event.
const KEPT_SECONDS = 90 * 86_400
const BATCH = 1_000

/** Forgets which networks free orders came from, once their event is over: their limit is counted no more. */
export async function forgetNetworks(
  { prisma, clock }: Pick<Deps, 'clock' | 'prisma'>,
  signal: AbortSignal,
): Promise<number> {
  const now = clock.now()
  let forgotten = 0
  while (!signal.aborted) {
    // Not null: with that an order counts for its e-mail wherever it came from.
    const rows = await prisma.$executeRaw`
      UPDATE "order" SET buyer_network = 'erased' WHERE id IN (
        SELECT o.id FROM "order" o LEFT JOIN event e ON e.id = o.event_id
        WHERE o.buyer_network <> 'erased'
          AND CASE WHEN o.event_id IS NULL THEN o.created_at < ${addSeconds(now, -KEPT_SECONDS)}::timestamptz
              ELSE e.ends_at < ${now}::timestamptz END
        LIMIT ${BATCH})`
    forgotten += rows
    if (rows < BATCH) break
  }
  return forgotten
}
