import { type Caller, requireAccount } from '../../platform/caller.ts'
import type { Deps } from '../../platform/deps.ts'
import { newId } from '../../platform/ids.ts'
import { serializable } from '../../platform/serializable.ts'
import { audit } from '../organizers/audit.ts'
import { SlugTaken } from '../organizers/errors.ts'
import { organizerFor } from '../organizers/permissions.ts'
import { blankEvent, type EventFields, readEvent } from './event-input.ts'

export type CreateEventInput = EventFields & { readonly organizerId: string }

/** Writes a draft and gives its id. Throws ValidationFailed, SlugTaken, and what organizerFor throws. */
export async function createEvent(deps: Deps, caller: Caller, input: CreateEventInput): Promise<string> {
  const { accountId: actorId } = requireAccount(caller)
  const organizerId = organizerFor(caller, input.organizerId, 'event.write')
  const values = readEvent(input, blankEvent)
  const id = newId()
  await serializable(deps, 'createEvent', async (tx) => {
    const holder = await tx.event.findUnique({ where: { slug: values.slug }, select: { id: true } })
    if (holder) throw new SlugTaken()
    await tx.event.create({ data: { ...values, id, organizerId, createdAt: deps.clock.now() } })
    await audit(deps, tx, {
      organizerId,
      actorId,
      action: 'event.create',
      targetType: 'Event',
      targetId: id,
      data: values,
    })
  })
  return id
}
