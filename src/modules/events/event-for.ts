import type { Event } from '../../generated/prisma/client.ts'
import { type Caller, requireAccount } from '../../platform/caller.ts'
import { NotFound } from '../../platform/errors.ts'
import { parseId } from '../../platform/ids.ts'
import type { Tx } from '../../platform/prisma.ts'
import { type Permission, requirePermission } from '../organizers/permissions.ts'

/**
 * The event that staff want to see or change. NotFound for an unknown id, a malformed one, and another tenant's event
 * alike; what requirePermission throws for the rest.
 */
export async function eventFor(
  client: Pick<Tx, 'event'>,
  caller: Caller,
  id: string,
  permission: Permission,
): Promise<Event> {
  // Before the look-up: a guest must not learn from the answer which ids exist.
  requireAccount(caller)
  const eventId = parseId(id)
  const event = eventId && (await client.event.findUnique({ where: { id: eventId } }))
  if (!event) throw new NotFound('Event')
  requirePermission(caller, event.organizerId, permission, 'Event')
  return event
}
