// Which jobs there are and who does them.
import { z } from 'zod'
import type { AppDeps } from './context.ts'
import { PURGE_CDN_AGAIN, purgeCdn, purgePublic } from './http/edge/purge-public.job.ts'
import { numberInvoices } from './modules/documents/invoices.ts'
import { CALL_OFF_ORDERS } from './modules/events/cancel-event.ts'
import { tellGathered } from './modules/events/tell-gathered.ts'
import { cleanClosedJobs } from './modules/jobs/clean-closed-jobs.ts'
import {
  EVENT_CANCELLED,
  EVENT_CHANGED,
  MAIL_REFUND,
  ORDER_EXPIRED,
  ORDER_PLACED,
  SEND_FREE_TICKETS,
  SEND_MESSAGE,
  SEND_TICKETS,
  SEND_UNPAID_MESSAGE,
} from './modules/messages/causes.ts'
import type { MessageDeps, SentFor } from './modules/messages/channels.ts'
import { sendMessage } from './modules/messages/send-message.ts'
import { tell } from './modules/messages/tell.ts'
import { tellEventCancelled, tellEventChanged } from './modules/messages/tell-event.job.ts'
import { EXPIRE_ORDER, expireOrder } from './modules/orders/expire-order.job.ts'
import { createExpirySweep } from './modules/orders/expire-orders.ts'
import { forgetNetworks } from './modules/orders/forget-networks.ts'
import { refreshSoldCounts } from './modules/orders/sold-counts.ts'
import { callOffOrders } from './modules/payments/call-off-orders.job.ts'
import { mailRefund } from './modules/payments/mail-refund.job.ts'
import { reconcilePayments } from './modules/payments/reconcile-payments.ts'
import { REFUND_PAYMENT, refundPayment } from './modules/payments/refund-payment.job.ts'
import { sendTickets } from './modules/tickets/send-tickets.job.ts'
import { addSeconds } from './platform/clock.ts'
import type { Chore } from './platform/jobs.ts'
import { PURGE_PUBLIC } from './platform/public-changes.ts'
import type { Handler } from './platform/work-jobs.ts'

const ofOrder = z.object({ orderId: z.string() })
const ofEvent = z.object({ eventId: z.string() })
const ofRefund = z.object({ refundId: z.string() })
const ofPayment = z.object({ orderId: z.string(), paymentId: z.string() })
const ofMessage = z.object({ messageId: z.string() })
const ofChange = z.object({ eventId: z.string(), changeId: z.string() })

const Caused = z.object({ network: z.string().nullish() })

/** Of messages about money that came or goes back, and of news of an event. */
const paidFor = (fairnessBucket: number): SentFor => ({
  retryKind: SEND_MESSAGE,
  fairnessBucket,
  network: null,
})

/** Of messages about orders that nobody has paid for. */
const unpaidFor = (payload: unknown, fairnessBucket: number): SentFor => ({
  retryKind: SEND_UNPAID_MESSAGE,
  fairnessBucket,
  network: Caused.parse(payload).network ?? null,
})

export const jobHandlers = (deps: AppDeps & MessageDeps): Readonly<Record<string, Handler>> => ({
  [EXPIRE_ORDER]: (_id, payload) => expireOrder(deps, ofOrder.parse(payload)),
  [CALL_OFF_ORDERS]: (_id, payload) => callOffOrders(deps, ofEvent.parse(payload)),
  [SEND_TICKETS]: (_id, payload, bucket) => sendTickets(deps, ofOrder.parse(payload), paidFor(bucket)),
  [SEND_FREE_TICKETS]: (_id, payload, bucket) =>
    sendTickets(deps, ofOrder.parse(payload), unpaidFor(payload, bucket)),
  [REFUND_PAYMENT]: (_id, payload) => refundPayment(deps, ofRefund.parse(payload)),
  [PURGE_PUBLIC]: (_id, payload) => purgePublic(deps, payload),
  [PURGE_CDN_AGAIN]: (_id, payload) => purgeCdn(deps, payload),
  [MAIL_REFUND]: (_id, payload, bucket) => mailRefund(deps, ofRefund.parse(payload), paidFor(bucket)),
  [ORDER_PLACED]: (_id, payload, bucket) => {
    const { orderId, paymentId } = ofPayment.parse(payload)
    const cause = { cause: 'ORDER_PLACED', causeId: paymentId, orderId } as const
    return tell(deps, cause, unpaidFor(payload, bucket))
  },
  [ORDER_EXPIRED]: (_id, payload, bucket) => {
    const { orderId } = ofOrder.parse(payload)
    return tell(deps, { cause: 'ORDER_EXPIRED', causeId: orderId, orderId }, unpaidFor(payload, bucket))
  },
  [EVENT_CHANGED]: (_id, payload) => tellEventChanged(deps, ofChange.parse(payload)),
  [EVENT_CANCELLED]: (id, payload) => tellEventCancelled(deps, id, ofEvent.parse(payload)),
  [SEND_MESSAGE]: (_id, payload, bucket) =>
    sendMessage(deps, ofMessage.parse(payload).messageId, paidFor(bucket)),
  [SEND_UNPAID_MESSAGE]: (_id, payload, bucket) =>
    sendMessage(deps, ofMessage.parse(payload).messageId, unpaidFor(payload, bucket)),
})

/**
 * Those that write to one buyer each, by rank. What was paid for leaves first: tickets, then money that goes back and news of
 * events. What anybody can cause for nothing comes behind all of it, and there kinds and networks take turns. Last is what
 * nobody waits for: a sale leaves more orders that expired than were paid. They come by the ten thousand, and drawing tickets
 * takes a CPU, so they have a lane and a pace of their own. EVENT_CHANGED and EVENT_CANCELLED only write such jobs, hundreds
 * with a few statements.
 */
export const MESSAGE_KINDS: readonly (readonly string[])[] = [
  [SEND_TICKETS],
  [MAIL_REFUND, SEND_MESSAGE],
  [ORDER_PLACED, SEND_FREE_TICKETS, SEND_UNPAID_MESSAGE],
  [ORDER_EXPIRED],
]

/** Longer than a year's books are open. */
const UNMATCHED_KEPT_SECONDS = 400 * 86_400

export const chores = (deps: AppDeps): Chore[] => [
  { name: 'expire orders', everySeconds: 1, run: createExpirySweep(deps) },
  { name: 'reconcile payments', everySeconds: 5, run: (signal) => reconcilePayments(deps, signal) },
  { name: 'number invoices', everySeconds: 5, run: () => numberInvoices(deps) },
  { name: 'tell of changed events', everySeconds: 5, run: (signal) => tellGathered(deps, signal) },
  {
    name: 'clean idempotency keys',
    everySeconds: 600,
    run: async () => {
      await deps.prisma.idempotencyKey.deleteMany({ where: { expiresAt: { lt: deps.clock.now() } } })
    },
  },
  {
    name: 'clean closed jobs',
    everySeconds: 3_600,
    run: (signal) => cleanClosedJobs(deps, signal),
  },
  {
    name: 'clean unmatched notifications',
    everySeconds: 3_600,
    run: async () => {
      const before = addSeconds(deps.clock.now(), -UNMATCHED_KEPT_SECONDS)
      await deps.prisma.unmatchedNotification.deleteMany({ where: { receivedAt: { lt: before } } })
    },
  },
  {
    name: 'clean sessions',
    everySeconds: 3_600,
    run: async () => {
      await deps.prisma.session.deleteMany({ where: { expiresAt: { lt: deps.clock.now() } } })
    },
  },
  { name: 'forget networks of buyers', everySeconds: 3_600, run: (signal) => forgetNetworks(deps, signal) },
  { name: 'refresh sold counts', everySeconds: 300, run: () => refreshSoldCounts(deps) },
]
