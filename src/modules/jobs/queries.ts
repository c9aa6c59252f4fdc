import type { Outbox } from '../../generated/prisma/client.ts'
import type { Caller } from '../../platform/caller.ts'
import type { Deps } from '../../platform/deps.ts'
import { parseId } from '../../platform/ids.ts'
import { NOBODY, type OpenRow, type Owner } from '../../platform/outbox-rows.ts'
import { type Connection, type PageArgs, paginate, type Sort } from '../../platform/pagination.ts'
import { organizerFor } from '../organizers/permissions.ts'

/** What staff see of a job that was given up. Its payload is not among it. */
export type DeadLetter = Pick<
  Outbox,
  'id' | 'kind' | 'attempts' | 'error' | 'createdAt' | 'lastAttemptAt' | 'deadAt' | 'orderId'
>

export const shown = {
  id: true,
  kind: true,
  attempts: true,
  error: true,
  createdAt: true,
  lastAttemptAt: true,
  deadAt: true,
  orderId: true,
} as const

const newest: Sort<DeadLetter> = { name: 'DEAD_AT_DESC', column: 'deadAt', direction: 'desc', kind: 'date' }

/** The jobs of an organizer that were given up, the last one first. */
export async function listDeadLetters(
  deps: Pick<Deps, 'prisma'>,
  caller: Caller,
  organizer: string,
  args: PageArgs,
): Promise<Connection<DeadLetter>> {
  const organizerId = organizerFor(caller, organizer, 'job.manage')
  return paginate<DeadLetter>(args, newest, ({ where, ...page }) =>
    deps.prisma.outbox.findMany({
      ...page,
      select: shown,
      where: { AND: [{ organizerId, deadAt: { not: null } }, where] },
    }),
  )
}

/**
 * Whose a job is, by the order, refund, payment or event that its payload names. Nobody's is what serves all organizers, as
 * a purge does; only operators see it.
 */
export async function ownerOf(
  deps: Pick<Deps, 'prisma'>,
  { payload }: Pick<OpenRow, 'payload'>,
): Promise<Owner> {
  const named = (name: string): string | null => {
    const value = payload[name]
    return typeof value === 'string' ? parseId(value) : null
  }
  const [orderId, refundId, paymentId, eventId] = ['orderId', 'refundId', 'paymentId', 'eventId'].map(named)
  const [owner] = await deps.prisma.$queryRaw<Owner[]>`
    SELECT organizer_id AS "organizerId", id AS "orderId" FROM "order" WHERE id = ${orderId}::uuid
      OR id = (SELECT order_id FROM refund WHERE id = ${refundId}::uuid)
      OR id = (SELECT order_id FROM payment WHERE id = ${paymentId}::uuid)
    UNION ALL
    SELECT organizer_id, NULL FROM event WHERE id = ${eventId}::uuid
    LIMIT 1`
  return owner ?? NOBODY
}
