import { type Caller, requireAccount } from '../../platform/caller.ts'
import type { Deps } from '../../platform/deps.ts'
import { serializable } from '../../platform/serializable.ts'
import { audit, changedFields } from '../organizers/audit.ts'
import { SlugTaken } from '../organizers/errors.ts'
import { eventChanged } from './cache-tags.ts'
import { eventFor } from './event-for.ts'
import { type EventFields, type EventValues, readEvent } from './event-input.ts'
import { REVISED } from './revised.ts'
import { planOf, tellBuyers } from './tell-buyers.ts'

export type UpdateEventInput = EventFields & { readonly id: string }

/** Changes what the input names and gives the id. Throws ValidationFailed, SlugTaken, and what eventFor throws. */
export async function updateEvent(deps: Deps, caller: Caller, input: UpdateEventInput): Promise<string> {
  const { accountId: actorId } = requireAccount(caller)
  return serializable(deps, 'updateEvent', async (tx) => {
    const event = await eventFor(tx, caller, input.id, 'event.write')
    const changes = changedFields<EventValues>(event, readEvent(input, event))
    if (Object.keys(changes).length === 0) return event.id
    if (changes.slug !== undefined) {
      const holder = await tx.event.findUnique({ where: { slug: changes.slug }, select: { id: true } })
      if (holder) throw new SlugTaken()
    }
    const before = await planOf(tx, event.id)
    await tx.event.update({ where: { id: event.id }, data: { ...changes, ...REVISED } })
    await eventChanged(deps, tx, event)
    await audit(deps, tx, {
      organizerId: event.organizerId,
      actorId,
      action: 'event.update',
      targetType: 'Event',
      targetId: event.id,
      data: changes,
    })
    // An event that was over may be put off to a later day, and one that is moved into the past is told as well.
    const endsAt = changes.endsAt && changes.endsAt > event.endsAt ? changes.endsAt : event.endsAt
    await tellBuyers(deps, tx, { ...event, endsAt }, changes, before)
    return event.id
  })
}
