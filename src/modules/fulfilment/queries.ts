import type { Fulfilment } from '../../generated/prisma/client.ts'
import type { FulfilmentStatus } from '../../generated/prisma/enums.ts'
import type { Caller } from '../../platform/caller.ts'
import type { Deps } from '../../platform/deps.ts'
import { parseId } from '../../platform/ids.ts'
import { type Connection, type PageArgs, paginate } from '../../platform/pagination.ts'
import type { Prisma } from '../../platform/prisma.ts'
import type { OrderView } from '../orders/queries.ts'
import type { Given } from '../organizers/input-check.ts'
import { organizerFor } from '../organizers/permissions.ts'
import { isOpen, isPaid, PAID_STATUSES } from './fulfilment-states.ts'

type Reads = Pick<Deps, 'prisma'>

export interface FulfilmentFilter extends PageArgs {
  readonly organizerId: string
  readonly eventId?: Given<string>
  readonly status: FulfilmentStatus
}

/**
 * One page of what an organizer has to hand out or has handed out, what was paid first first, for its staff. Throws what
 * organizerFor throws.
 */
export async function listFulfilments(
  { prisma }: Reads,
  caller: Caller,
  { organizerId: organizer, eventId: event, status, ...args }: FulfilmentFilter,
  query: Pick<Prisma.FulfilmentFindManyArgs, 'include' | 'select'>,
): Promise<Connection<Fulfilment>> {
  const organizerId = organizerFor(caller, organizer, 'merchandise.fulfil')
  const eventId = event == null ? null : parseId(event)
  const scope = { organizerId, status, ...(eventId ? { eventId } : {}) }
  // What was refunded or given back is not to be packed any more.
  const due = isOpen(status)
    ? {
        order: { status: { in: [...PAID_STATUSES] } },
        line: { refundedQuantity: { lt: prisma.orderLine.fields.quantity } },
      }
    : {}
  return paginate<Fulfilment>(
    args,
    { name: 'paid', column: 'createdAt', direction: 'asc', kind: 'date' },
    async ({ where, ...page }) =>
      event != null && !eventId
        ? []
        : prisma.fulfilment.findMany({ ...query, ...page, where: { AND: [scope, due, where] } }),
  )
}

/** How far a line is: as the answer has it that was stored with its order, else as it is. Null for what nobody packs. */
export async function fulfilmentOf(
  { prisma }: Reads,
  order: OrderView,
  line: OrderView['lines'][number],
): Promise<Fulfilment | null> {
  if (line.kind !== 'MERCHANDISE') return null
  if (order.fulfilments) return order.fulfilments.find(({ id }) => id === line.id) ?? null
  // Prisma puts those of one answer together into one statement.
  return isPaid(order.status) || order.status === 'REFUNDED'
    ? prisma.fulfilment.findUnique({ where: { id: line.id } })
    : null
}
