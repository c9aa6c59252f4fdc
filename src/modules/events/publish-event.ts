import { type Caller, requireAccount } from '../../platform/caller.ts'
import type { Deps } from '../../platform/deps.ts'
import { type Issue, ValidationFailed } from '../../platform/errors.ts'
import { serializable } from '../../platform/serializable.ts'
import { audit } from '../organizers/audit.ts'
import { eventChanged } from './cache-tags.ts'
import { eventFor } from './event-for.ts'

/**
 * Makes a draft public and gives its id; publishing a published event changes nothing. Throws ValidationFailed when it
 * sells nothing, is over or was cancelled, and what eventFor throws.
 */
export async function publishEvent(deps: Deps, caller: Caller, id: string): Promise<string> {
  const { accountId: actorId } = requireAccount(caller)
  return serializable(deps, 'publishEvent', async (tx) => {
    const event = await eventFor(tx, caller, id, 'event.write')
    if (event.status === 'PUBLISHED') return event.id
    const now = deps.clock.now()
    const issues: Issue[] = []
    const refuse = (message: string) => issues.push({ path: ['eventId'], message })
    if (event.status !== 'DRAFT') refuse(`The event is ${event.status}; only a draft can be published.`)
    if (event.endsAt <= now) refuse('The event is over.')
    const category = await tx.ticketCategory.findFirst({ where: { eventId: event.id }, select: { id: true } })
    if (!category) refuse('The event has no ticket category yet.')
    if (issues.length > 0) throw new ValidationFailed(issues)
    const changes = { status: 'PUBLISHED', publishedAt: now } as const
    await tx.event.update({ where: { id: event.id }, data: changes })
    await eventChanged(deps, tx, { id: event.id, ...changes })
    await audit(deps, tx, {
      organizerId: event.organizerId,
      actorId,
      action: 'event.publish',
      targetType: 'Event',
      targetId: event.id,
      data: changes,
    })
    return event.id
  })
}
