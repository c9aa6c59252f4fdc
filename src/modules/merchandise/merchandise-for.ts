import type { Merchandise } from '../../generated/prisma/client.ts'
import { type Caller, requireAccount } from '../../platform/caller.ts'
import { NotFound } from '../../platform/errors.ts'
import { parseId } from '../../platform/ids.ts'
import type { Tx } from '../../platform/prisma.ts'
import { type Permission, requirePermission } from '../organizers/permissions.ts'

/**
 * The item that staff want to see or change. NotFound for an unknown id, a malformed one, and another tenant's item
 * alike; what requirePermission throws for the rest.
 */
export async function merchandiseFor(
  client: Pick<Tx, 'merchandise'>,
  caller: Caller,
  id: string,
  permission: Permission,
): Promise<Merchandise> {
  // Before the look-up: a guest must not learn from the answer which ids exist.
  requireAccount(caller)
  const merchandiseId = parseId(id)
  const item = merchandiseId && (await client.merchandise.findUnique({ where: { id: merchandiseId } }))
  if (!item) throw new NotFound('Merchandise')
  requirePermission(caller, item.organizerId, permission, 'Merchandise')
  return item
}
