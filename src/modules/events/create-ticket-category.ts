import { type Caller, requireAccount } from '../../platform/caller.ts'
import type { Deps } from '../../platform/deps.ts'
import { invalid } from '../../platform/errors.ts'
import { newId } from '../../platform/ids.ts'
import { serializable } from '../../platform/serializable.ts'
import { audit } from '../organizers/audit.ts'
import { type Given, readCurrency } from '../organizers/input-check.ts'
import { eventChanged } from './cache-tags.ts'
import { eventFor } from './event-for.ts'
import { MAX_PARTS } from './limits.ts'
import {
  blankTicketCategory,
  readTicketCategory,
  type TicketCategoryFields,
} from './ticket-category-input.ts'

export type CreateTicketCategoryInput = TicketCategoryFields & {
  readonly eventId: string
  readonly currencyCode?: Given<string>
}

/** Adds a ticket category to an event and gives its id. Throws ValidationFailed and what eventFor throws. */
export async function createTicketCategory(
  deps: Deps,
  caller: Caller,
  input: CreateTicketCategoryInput,
): Promise<string> {
  const { accountId: actorId } = requireAccount(caller)
  const id = newId()
  return serializable(deps, 'createTicketCategory', async (tx) => {
    const event = await eventFor(tx, caller, input.eventId, 'event.write')
    const currencyCode = readCurrency(input.currencyCode)
    const schedules = await tx.schedule.findMany({ where: { eventId: event.id }, select: { id: true } })
    const values = readTicketCategory(input, blankTicketCategory, {
      currencyCode,
      schedules: new Set(schedules.map((schedule) => schedule.id)),
      sold: 0,
    })
    const siblings = await tx.ticketCategory.findMany({
      where: { eventId: event.id },
      select: { currencyCode: true },
    })
    if (siblings.length >= MAX_PARTS) {
      throw invalid(['input', 'eventId'], `An event has at most ${MAX_PARTS} ticket categories.`)
    }
    // An order has one currency, so what is bought together is priced alike.
    if (siblings.some((sibling) => sibling.currencyCode !== currencyCode)) {
      throw invalid(['input', 'currencyCode'], 'The other categories of this event have another currency.')
    }
    const data = { ...values, currencyCode, eventId: event.id }
    await tx.ticketCategory.create({ data: { ...data, id, remaining: values.quota } })
    await eventChanged(deps, tx, event)
    await audit(deps, tx, {
      organizerId: event.organizerId,
      actorId,
      action: 'ticket_category.create',
      targetType: 'TicketCategory',
      targetId: id,
      data,
    })
    return id
  })
}
