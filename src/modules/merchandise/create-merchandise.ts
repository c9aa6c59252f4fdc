import { type Caller, requireAccount } from '../../platform/caller.ts'
import type { Deps } from '../../platform/deps.ts'
import { newId } from '../../platform/ids.ts'
import { serializable } from '../../platform/serializable.ts'
import { audit } from '../organizers/audit.ts'
import { SlugTaken } from '../organizers/errors.ts'
import { organizerFor } from '../organizers/permissions.ts'
import { blankMerchandise, type MerchandiseFields, ownEventOf, readMerchandise } from './merchandise-input.ts'

export type CreateMerchandiseInput = MerchandiseFields & { readonly organizerId: string }

/** Writes an unpublished item and gives its id. Throws ValidationFailed, SlugTaken, and what organizerFor throws. */
export async function createMerchandise(
  deps: Deps,
  caller: Caller,
  input: CreateMerchandiseInput,
): Promise<string> {
  const { accountId: actorId } = requireAccount(caller)
  const organizerId = organizerFor(caller, input.organizerId, 'merchandise.write')
  const id = newId()
  return serializable(deps, 'createMerchandise', async (tx) => {
    const values = readMerchandise(input, blankMerchandise, await ownEventOf(tx, organizerId, input.eventId))
    const holder = await tx.merchandise.findUnique({ where: { slug: values.slug }, select: { id: true } })
    if (holder) throw new SlugTaken()
    await tx.merchandise.create({ data: { ...values, id, organizerId, createdAt: deps.clock.now() } })
    await audit(deps, tx, {
      organizerId,
      actorId,
      action: 'merchandise.create',
      targetType: 'Merchandise',
      targetId: id,
      data: values,
    })
    return id
  })
}
