import { type Caller, requireAccount } from '../../platform/caller.ts'
import type { Deps } from '../../platform/deps.ts'
import { serializable } from '../../platform/serializable.ts'
import { audit, changedFields } from '../organizers/audit.ts'
import { SlugTaken } from '../organizers/errors.ts'
import { itemChanged } from './cache-tags.ts'
import { merchandiseFor } from './merchandise-for.ts'
import {
  type MerchandiseFields,
  type MerchandiseValues,
  ownEventOf,
  readMerchandise,
} from './merchandise-input.ts'

export type UpdateMerchandiseInput = MerchandiseFields & { readonly id: string }

/** Changes what the input names and gives the id. Throws ValidationFailed, SlugTaken, and what merchandiseFor throws. */
export async function updateMerchandise(
  deps: Deps,
  caller: Caller,
  input: UpdateMerchandiseInput,
): Promise<string> {
  const { accountId: actorId } = requireAccount(caller)
  return serializable(deps, 'updateMerchandise', async (tx) => {
    const item = await merchandiseFor(tx, caller, input.id, 'merchandise.write')
    const ownEvent = await ownEventOf(tx, item.organizerId, input.eventId)
    const changes = changedFields<MerchandiseValues>(item, readMerchandise(input, item, ownEvent))
    if (Object.keys(changes).length === 0) return item.id
    if (changes.slug !== undefined) {
      const holder = await tx.merchandise.findUnique({ where: { slug: changes.slug }, select: { id: true } })
      if (holder) throw new SlugTaken()
    }
    await tx.merchandise.update({ where: { id: item.id }, data: changes })
    // An item that moves leaves one event and comes to another.
    await itemChanged(deps, tx, item)
    await itemChanged(deps, tx, { ...item, ...changes })
    await audit(deps, tx, {
      organizerId: item.organizerId,
      actorId,
      action: 'merchandise.update',
      targetType: 'Merchandise',
      targetId: item.id,
      data: changes,
    })
    return item.id
  })
}
