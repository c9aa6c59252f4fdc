import type { Deps } from '../../platform/deps.ts'
import { enqueue } from '../../platform/outbox.ts'
import type { Tx } from '../../platform/prisma.ts'
import { type SellingEvent, shownStatus } from './sale-window.ts'

/** Payload: eventId; changeId, the entry of the audit trail that has the new values. */
const EVENT_CHANGED = 'event.changed'

// Where and when to be, and by what name it is known: of an event and of a schedule alike.
const MATTERS = new Set(['title', 'name', 'city', 'venue', 'timeZone', 'startsAt', 'endsAt', 'gatesOpenAt'])

/**
 * Notes in the transaction of a change that who has a ticket is to hear of it, once a change. Nobody does of a draft, of an
 * event that is over or called off, or of words that change nothing about being there.
 */
export async function tellBuyers(
  deps: Pick<Deps, 'clock'>,
  tx: Tx,
  event: Pick<SellingEvent, 'status' | 'endsAt'> & { readonly id: string },
  changes: object,
  changeId: string,
): Promise<void> {
  if (shownStatus(event, deps.clock.now()) !== 'PUBLISHED') return
  if (!Object.keys(changes).some((field) => MATTERS.has(field))) return
  await enqueue(deps, tx, [{ kind: EVENT_CHANGED, payload: { eventId: event.id, changeId } }])
}
