import { type Caller, requireAccount } from '../../platform/caller.ts'
import type { Deps } from '../../platform/deps.ts'
import { NotFound } from '../../platform/errors.ts'
import { parseId } from '../../platform/ids.ts'
import { serializable } from '../../platform/serializable.ts'
import { audit, changedFields } from '../organizers/audit.ts'
import { requirePermission } from '../organizers/permissions.ts'
import { eventChanged } from './cache-tags.ts'
import { REVISED } from './revised.ts'
import { readSchedule, type ScheduleFields, type ScheduleValues } from './schedule-input.ts'
import { planOf, tellBuyers } from './tell-buyers.ts'

export type UpdateScheduleInput = ScheduleFields & { readonly id: string }

/** Changes what the input names and gives the id. Throws ValidationFailed, NotFound and Forbidden. */
export async function updateSchedule(
  deps: Deps,
  caller: Caller,
  input: UpdateScheduleInput,
): Promise<string> {
  const { accountId: actorId } = requireAccount(caller)
  const id = parseId(input.id)
  if (!id) throw new NotFound('Schedule')
  return serializable(deps, 'updateSchedule', async (tx) => {
    const schedule = await tx.schedule.findUnique({
      where: { id },
      include: { event: { select: { id: true, status: true, endsAt: true, organizerId: true } } },
    })
    if (!schedule) throw new NotFound('Schedule')
    const { organizerId } = schedule.event
    requirePermission(caller, organizerId, 'event.write', 'Schedule')
    const changes = changedFields<ScheduleValues>(schedule, readSchedule(input, schedule))
    if (Object.keys(changes).length === 0) return id
    const before = await planOf(tx, schedule.event.id)
    await tx.schedule.update({ where: { id }, data: changes })
    await tx.event.update({ where: { id: schedule.event.id }, data: REVISED })
    await eventChanged(deps, tx, schedule.event)
    await audit(deps, tx, {
      organizerId,
      actorId,
      action: 'schedule.update',
      targetType: 'Schedule',
      targetId: id,
      data: changes,
    })
    await tellBuyers(deps, tx, schedule.event, changes, before)
    return id
  })
}
