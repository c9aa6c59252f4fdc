import type { Deps } from '../../platform/deps.ts'
import { enqueue } from '../../platform/outbox.ts'
import { serializable } from '../../platform/serializable.ts'

/** Payload: eventId; changeId, the row of `event_change`. From versions that gathered nothing, an entry of the audit trail. */
const EVENT_CHANGED = 'event.changed'

const BATCH = 100

/**
 * Closes what edits have gathered and whose time has come, and has buyers told. Any number of processes may do this at once: a
 * row is closed by one of them, in one transaction with its job. What there is to tell, if anything, is looked up by the job.
 */
export async function tellGathered(
  deps: Pick<Deps, 'clock' | 'prisma' | 'metrics' | 'publicChanges'>,
  signal?: AbortSignal,
): Promise<void> {
  for (;;) {
    const due = await deps.prisma.eventChange.findMany({
      where: { closedAt: null, dueAt: { lte: deps.clock.now() } },
      orderBy: { dueAt: 'asc' },
      take: BATCH,
      select: { id: true },
    })
    for (const { id } of due) {
      if (signal?.aborted) return
      await serializable(deps, 'tellGathered', async (tx) => {
        const now = deps.clock.now()
        // Again, because an edit may have put it off since.
        const closed = await tx.eventChange.updateManyAndReturn({
          where: { id, closedAt: null, dueAt: { lte: now } },
          data: { closedAt: now },
          select: { eventId: true },
        })
        await enqueue(
          deps,
          tx,
          closed.map(({ eventId }) => ({ kind: EVENT_CHANGED, payload: { eventId, changeId: id } })),
        )
      })
    }
    if (due.length < BATCH) return
  }
}
