import { type Caller, requireAccount } from '../../platform/caller.ts'
import type { Deps } from '../../platform/deps.ts'
import { NotFound } from '../../platform/errors.ts'
import { parseId } from '../../platform/ids.ts'
import type { Tx } from '../../platform/prisma.ts'
import { type LockedOrder, lockOrder } from '../orders/queries.ts'
import { audit } from '../organizers/audit.ts'
import { requirePermission } from '../organizers/permissions.ts'
import type { RefundRow } from './refund-books.ts'

/** A refund with what its visibility depends on. */
export interface RefundView {
  readonly refund: RefundRow
  readonly organizerId: string
}

/**
 * The refund that staff want to act on. NotFound for an unknown id, a malformed one, and another tenant's refund alike;
 * what requirePermission throws for the rest.
 */
export async function refundFor(
  deps: Pick<Deps, 'prisma'>,
  caller: Caller,
  id: string,
): Promise<RefundRow & { accountId: string }> {
  const { accountId } = requireAccount(caller)
  const refundId = parseId(id)
  const found =
    refundId &&
    (await deps.prisma.refund.findUnique({
      where: { id: refundId },
      include: { order: { select: { organizerId: true } } },
    }))
  if (!found) throw new NotFound('The refund')
  requirePermission(caller, found.order.organizerId, 'order.refund', 'The refund')
  const { order: _order, ...refund } = found
  return { ...refund, accountId }
}

/** Locks the order of a refund, as everything does that changes one, and reads both again. */
export async function lockRefund(
  tx: Tx,
  { id, orderId }: RefundRow,
): Promise<{ order: LockedOrder; refund: RefundRow }> {
  const order = await lockOrder(tx, orderId)
  const refund = await tx.refund.findUnique({ where: { id } })
  if (!order || !refund) throw new NotFound('The refund')
  return { order, refund }
}

/** Notes in the trail what staff did to a refund, and gives the id of that entry. */
export const auditRefund = (
  deps: Pick<Deps, 'clock'>,
  tx: Tx,
  organizerId: string,
  actorId: string,
  action: 'refund.confirm' | 'refund.retry',
  targetId: string,
  data: object,
): Promise<string> => audit(deps, tx, { organizerId, actorId, action, targetType: 'Refund', targetId, data })
