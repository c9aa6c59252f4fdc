import type { Deps } from '../../platform/deps.ts'
import type { Prisma } from '../../platform/prisma.ts'
import { changeOf, type EventChange } from './event-change.ts'

const orderInclude = {
  event: true,
  organizer: { select: { name: true } },
  lines: { orderBy: { position: 'asc' } },
  tickets: {
    where: { status: { not: 'REVOKED' } },
    include: { ticketCategory: { select: { name: true } }, schedule: { select: { name: true } } },
    orderBy: [{ orderLineId: 'asc' }, { unit: 'asc' }],
  },
} satisfies Prisma.OrderInclude

type Message = Prisma.MessageGetPayload<object>
type Payment = Prisma.PaymentGetPayload<object>

/** All that a message may say. */
export interface Facts {
  readonly order: Prisma.OrderGetPayload<{ include: typeof orderInclude }>
  /** Of ORDER_PLACED: what to pay by. */
  readonly payment: Payment | null
  /** Of ORDER_REFUNDED. */
  readonly refund: Prisma.RefundGetPayload<object> | null
  /** Of EVENT_CHANGED; null also for a change of a version that did not keep what was before. */
  readonly change: EventChange | null
}

/** What there is to say now; null when it is not so any more, and would mislead. */
export async function factsOf(
  deps: Deps,
  { orderId, cause, causeId, channel }: Message,
): Promise<Facts | null> {
  const order = await deps.prisma.order.findUnique({ where: { id: orderId }, include: orderInclude })
  if (!order) return null
  const payment =
    cause === 'ORDER_PLACED' ? await deps.prisma.payment.findUnique({ where: { id: causeId } }) : null
  const refund =
    cause === 'ORDER_REFUNDED' ? await deps.prisma.refund.findUnique({ where: { id: causeId } }) : null
  const change = cause === 'EVENT_CHANGED' ? await changeOf(deps, causeId) : null
  // Who never heard of the order from us is not told that it ended either.
  const knowsIt =
    cause === 'ORDER_EXPIRED' &&
    (await deps.prisma.message.count({ where: { orderId, cause: 'ORDER_PLACED', channel, state: 'SENT' } })) >
      0
  const hasPaid = order.status === 'PAID' || order.status === 'PARTIALLY_REFUNDED'
  const isTrue = {
    ORDER_PLACED:
      order.status === 'PENDING_PAYMENT' &&
      payment?.status === 'PENDING' &&
      payment.expiresAt > deps.clock.now(),
    // A payment may be reversed before its mail leaves.
    ORDER_PAID: hasPaid,
    ORDER_EXPIRED: order.status === 'EXPIRED' && knowsIt,
    ORDER_REFUNDED: refund?.status === 'SUCCEEDED',
    EVENT_CHANGED: hasPaid && order.event !== null && order.event.status !== 'CANCELLED',
    EVENT_CANCELLED: order.event?.status === 'CANCELLED',
  }
  return isTrue[cause] ? { order, payment, refund, change } : null
}
