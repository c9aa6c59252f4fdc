import type { Deps } from '../../platform/deps.ts'
import type { Prisma } from '../../platform/prisma.ts'

const ticketsInclude = {
  event: { include: { organizer: { select: { name: true } }, schedules: { select: { endsAt: true } } } },
  tickets: {
    include: { ticketCategory: { select: { name: true } }, schedule: true },
    orderBy: [{ orderLineId: 'asc' }, { unit: 'asc' }],
  },
} satisfies Prisma.OrderInclude

type OrderRow = Prisma.OrderGetPayload<{ include: typeof ticketsInclude }>

/** A paid order with its tickets and the event that all of them are for. */
export type TicketedOrder = Omit<OrderRow, 'event'> & { readonly event: NonNullable<OrderRow['event']> }
export type TicketRow = TicketedOrder['tickets'][number]

/** Null for an unknown order, one that was never paid, and one without tickets. */
export async function ticketedOrder(
  deps: Pick<Deps, 'prisma'>,
  orderId: string,
): Promise<TicketedOrder | null> {
  const order = await deps.prisma.order.findUnique({ where: { id: orderId }, include: ticketsInclude })
  // Tickets are issued when an order is paid, and not before.
  if (!order?.event || order.tickets.length === 0) return null
  return { ...order, event: order.event }
}

/** Whether a gate may still want to see this ticket: one that was used leads out and in again where re-entry is allowed. */
export const showsQr = (order: TicketedOrder, ticket: TicketRow): boolean =>
  ticket.status === 'VALID' || (ticket.status === 'USED' && order.event.allowReentry)

/** When a ticket admits. */
export const timesOf = (order: TicketedOrder, ticket: TicketRow): { startsAt: Date; endsAt: Date } =>
  ticket.schedule ?? order.event
