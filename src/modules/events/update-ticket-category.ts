import { type Caller, requireAccount } from '../../platform/caller.ts'
import type { Deps } from '../../platform/deps.ts'
import { NotFound } from '../../platform/errors.ts'
import { parseId } from '../../platform/ids.ts'
import { serializable } from '../../platform/serializable.ts'
import { audit, changedFields } from '../organizers/audit.ts'
import { requirePermission } from '../organizers/permissions.ts'
import { eventChanged } from './cache-tags.ts'
import {
  readTicketCategory,
  type TicketCategoryFields,
  type TicketCategoryValues,
} from './ticket-category-input.ts'

export type UpdateTicketCategoryInput = TicketCategoryFields & { readonly id: string }

/**
 * Changes what the input names and gives the id. Another quota moves what remains by as much. Throws ValidationFailed,
 * NotFound and Forbidden.
 */
export async function updateTicketCategory(
  deps: Deps,
  caller: Caller,
  input: UpdateTicketCategoryInput,
): Promise<string> {
  const { accountId: actorId } = requireAccount(caller)
  const id = parseId(input.id)
  if (!id) throw new NotFound('Ticket category')
  return serializable(deps, 'updateTicketCategory', async (tx) => {
    const category = await tx.ticketCategory.findUnique({
      where: { id },
      include: {
        event: { select: { id: true, status: true, organizerId: true, schedules: { select: { id: true } } } },
      },
    })
    if (!category) throw new NotFound('Ticket category')
    const { organizerId, schedules } = category.event
    requirePermission(caller, organizerId, 'event.write', 'Ticket category')
    const values = readTicketCategory(input, category, {
      currencyCode: category.currencyCode,
      schedules: new Set(schedules.map((schedule) => schedule.id)),
      sold: category.quota - category.remaining,
    })
    const changes = changedFields<TicketCategoryValues>(category, values)
    if (Object.keys(changes).length === 0) return id
    const remaining = { increment: values.quota - category.quota }
    await tx.ticketCategory.update({ where: { id }, data: { ...changes, remaining } })
    await eventChanged(deps, tx, category.event)
    await audit(deps, tx, {
      organizerId,
      actorId,
      action: 'ticket_category.update',
      targetType: 'TicketCategory',
      targetId: id,
      data: changes,
    })
    return id
  })
}
