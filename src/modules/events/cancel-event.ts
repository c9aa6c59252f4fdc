import { type Caller, callerKey, requireAccount } from '../../platform/caller.ts'
import type { Deps } from '../../platform/deps.ts'
import { invalid } from '../../platform/errors.ts'
import { type Answer, claimOf, idempotent } from '../../platform/idempotency.ts'
import { enqueue } from '../../platform/outbox.ts'
import { hasVisible } from '../../platform/visible.ts'
import { audit } from '../organizers/audit.ts'
import { eventChanged } from './cache-tags.ts'
import { eventFor } from './event-for.ts'
import { lockEventAlone } from './queries.ts'
import { REVISED } from './revised.ts'

/** Tells buyers. Payload: eventId. */
const EVENT_CANCELLED = 'event.cancelled'
/** Ends the orders of a cancelled event. Payload: eventId. */
export const CALL_OFF_ORDERS = 'call-off-orders'

const REASON = /^[^\p{Cc}\p{Cs}]{1,500}$/u

/**
 * Calls a published event off and gives its id; calling it off again changes nothing. From the commit on nothing of it is
 * sold, no payment is opened, no goods are given out and nobody is admitted; its orders are ended by a job. Throws
 * ValidationFailed and what eventFor throws.
 */
export async function cancelEvent(
  deps: Deps,
  caller: Caller,
  { eventId: id, reason }: { readonly eventId: string; readonly reason: string },
  idempotencyKey: string,
): Promise<Answer<string>> {
  const { accountId: actorId } = requireAccount(caller)
  const claim = claimOf(callerKey(caller, ''), 'cancelEvent', idempotencyKey, { id, reason })
  return idempotent(deps, claim, async (tx) => {
    const event = await eventFor(tx, caller, id, 'event.write')
    if (event.status === 'CANCELLED') return event.id
    if (event.status !== 'PUBLISHED')
      throw invalid(['eventId'], `The event is ${event.status}; only a published event can be cancelled.`)
    const cancelReason = reason.normalize().trim()
    if (!REASON.test(cancelReason) || !hasVisible(cancelReason))
      throw invalid(['reason'], 'Write 1 to 500 characters in one line.')
    await lockEventAlone(tx, event.id)
    const changes = { status: 'CANCELLED', cancelledAt: deps.clock.now(), cancelReason } as const
    await tx.event.update({ where: { id: event.id }, data: { ...changes, ...REVISED } })
    await eventChanged(deps, tx, { id: event.id, ...changes })
    const payload = { eventId: event.id }
    await enqueue(deps, tx, [
      { kind: EVENT_CANCELLED, payload },
      { kind: CALL_OFF_ORDERS, payload },
    ])
    await audit(deps, tx, {
      organizerId: event.organizerId,
      actorId,
      action: 'event.cancel',
      targetType: 'Event',
      targetId: event.id,
      data: changes,
    })
    return event.id
  })
}
