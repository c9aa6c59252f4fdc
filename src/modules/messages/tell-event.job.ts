import { addSeconds } from '../../platform/clock.ts'
import { causerOf } from '../../platform/fairness.ts'
import { newId } from '../../platform/ids.ts'
import { enqueue } from '../../platform/outbox.ts'
import type { Prisma } from '../../platform/prisma.ts'
import { serializable } from '../../platform/serializable.ts'
import { SEND_MESSAGE } from './causes.ts'
import { channelsTo, type MessageDeps } from './channels.ts'
import { changeOf, concerned } from './event-change.ts'

const BATCH = 200

/** Who orders within this after an edit may have read an answer of before it, from a cache. */
const CACHED_SECONDS = 60

/**
 * Tells everybody who has paid for an event, and whom it concerns, that it changed. Who ordered after the last edit knows; of
 * what was undone, or called off since, nobody is told.
 */
export async function tellEventChanged(
  deps: MessageDeps,
  { eventId, changeId }: { eventId: string; changeId: string },
): Promise<void> {
  const change = await changeOf(deps, changeId)
  const who = change ? concerned(change) : {}
  if (!who) return
  const early = change && { createdAt: { lte: addSeconds(change.lastEditAt, CACHED_SECONDS) } }
  await tellAll(deps, 'EVENT_CHANGED', eventId, changeId, {
    event: { status: { not: 'CANCELLED' } },
    status: { in: ['PAID', 'PARTIALLY_REFUNDED'] },
    ...early,
    ...who,
  })
}

/** Tells everybody who had paid when the event was called off, also whose money is on its way back since. */
export async function tellEventCancelled(
  deps: MessageDeps,
  jobId: string,
  { eventId }: { eventId: string },
): Promise<void> {
  const job = await deps.prisma.outbox.findUnique({ where: { id: jobId }, select: { createdAt: true } })
  // Refunds that the cancelling wrote have its own time, to the millisecond or so.
  const since = addSeconds(job?.createdAt ?? deps.clock.now(), -60)
  await tellAll(deps, 'EVENT_CANCELLED', eventId, eventId, {
    OR: [
      { status: { in: ['PAID', 'PARTIALLY_REFUNDED'] } },
      { status: 'REFUNDED', refunds: { some: { createdAt: { gte: since } } } },
    ],
  })
}

/** In batches, each with its jobs in one transaction: a run that is cut short goes on where it was. */
async function tellAll(
  deps: MessageDeps,
  cause: 'EVENT_CHANGED' | 'EVENT_CANCELLED',
  eventId: string,
  causeId: string,
  who: Prisma.OrderWhereInput,
): Promise<void> {
  const event = await deps.prisma.event.findUnique({
    where: { id: eventId },
    select: { organizerId: true },
  })
  if (!event) return
  const { bucket: fairnessBucket } = causerOf(deps.settings.linkSecret, 'organizer', event.organizerId)
  for (let last: string | undefined; ; ) {
    const orders = await deps.prisma.order.findMany({
      // By organizer and time, because there is an index of those.
      where: { organizerId: event.organizerId, eventId, ...who },
      orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
      take: BATCH,
      select: { id: true, whatsapp: true },
      ...(last ? { cursor: { id: last }, skip: 1 } : {}),
    })
    await serializable(deps, 'tellEvent', async (tx) => {
      const createdAt = deps.clock.now()
      const data = orders.flatMap((order) =>
        channelsTo(deps, order).map((channel) => ({
          id: newId(),
          orderId: order.id,
          cause,
          causeId,
          channel,
          createdAt,
        })),
      )
      const made = await tx.message.createManyAndReturn({ data, skipDuplicates: true, select: { id: true } })
      await enqueue(
        deps,
        tx,
        made.map(({ id }) => ({ kind: SEND_MESSAGE, payload: { messageId: id }, fairnessBucket })),
      )
    })
    last = orders.at(-1)?.id
    if (orders.length < BATCH) return
  }
}
