import { type Caller, requireAccount } from '../../platform/caller.ts'
import type { Deps } from '../../platform/deps.ts'
import { invalid } from '../../platform/errors.ts'
import { serializable } from '../../platform/serializable.ts'
import { audit } from '../organizers/audit.ts'
import { itemChanged } from './cache-tags.ts'
import { merchandiseFor } from './merchandise-for.ts'

/**
 * Makes an item public and gives its id; publishing it again changes nothing. Throws ValidationFailed when it has no
 * variant, and what merchandiseFor throws.
 */
export async function publishMerchandise(deps: Deps, caller: Caller, id: string): Promise<string> {
  const { accountId: actorId } = requireAccount(caller)
  return serializable(deps, 'publishMerchandise', async (tx) => {
    const item = await merchandiseFor(tx, caller, id, 'merchandise.write')
    if (item.published) return item.id
    const variant = await tx.merchandiseVariant.findFirst({
      where: { merchandiseId: item.id },
      select: { id: true },
    })
    if (!variant) throw invalid(['merchandiseId'], 'The item has no variant yet.')
    const changes = { published: true }
    await tx.merchandise.update({ where: { id: item.id }, data: changes })
    await itemChanged(deps, tx, { ...item, ...changes })
    await audit(deps, tx, {
      organizerId: item.organizerId,
      actorId,
      action: 'merchandise.publish',
      targetType: 'Merchandise',
      targetId: item.id,
      data: changes,
    })
    return item.id
  })
}
