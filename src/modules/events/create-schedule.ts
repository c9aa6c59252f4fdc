import { type Caller, requireAccount } from '../../platform/caller.ts'
import type { Deps } from '../../platform/deps.ts'
import { invalid } from '../../platform/errors.ts'
import { newId } from '../../platform/ids.ts'
import { serializable } from '../../platform/serializable.ts'
import { audit } from '../organizers/audit.ts'
import { eventChanged } from './cache-tags.ts'
import { eventFor } from './event-for.ts'
import { MAX_PARTS } from './limits.ts'
import { blankSchedule, readSchedule, type ScheduleFields } from './schedule-input.ts'

export type CreateScheduleInput = ScheduleFields & { readonly eventId: string }

/** Adds a schedule to an event and gives its id. Throws ValidationFailed and what eventFor throws. */
export async function createSchedule(
  deps: Deps,
  caller: Caller,
  input: CreateScheduleInput,
): Promise<string> {
  const { accountId: actorId } = requireAccount(caller)
  const id = newId()
  return serializable(deps, 'createSchedule', async (tx) => {
    const event = await eventFor(tx, caller, input.eventId, 'event.write')
    const values = readSchedule(input, blankSchedule)
    const siblings = await tx.schedule.count({ where: { eventId: event.id } })
    if (siblings >= MAX_PARTS)
      throw invalid(['input', 'eventId'], `An event has at most ${MAX_PARTS} schedules.`)
    await tx.schedule.create({ data: { ...values, id, eventId: event.id } })
    await eventChanged(deps, tx, event)
    await audit(deps, tx, {
      organizerId: event.organizerId,
      actorId,
      action: 'schedule.create',
      targetType: 'Schedule',
      targetId: id,
      data: { eventId: event.id, ...values },
    })
    return id
  })
}
