// What makes us write to a buyer. Whoever causes it enqueues one of these in the transaction of its change.

/** `{ orderId, paymentId, network? }`: there is a QR code, an account number or a page to pay by. */
export const ORDER_PLACED = 'order.placed'

/** `{ orderId }`: it is paid, and its tickets go along. */
export const SEND_TICKETS = 'send-tickets'

/** `{ orderId, network? }`: the same for an order that cost nothing, so nothing proves that its address is its buyer's. */
export const SEND_FREE_TICKETS = 'send-free-tickets'

/** `{ refundId }` */
export const MAIL_REFUND = 'mail-refund'

/** `{ orderId }` */
export const ORDER_EXPIRED = 'order.expired'

/** `{ eventId, changeId }`: what buyers planned by is another now; changeId names the row of `event_change`. */
export const EVENT_CHANGED = 'event.changed'

/** `{ eventId }` */
export const EVENT_CANCELLED = 'event.cancelled'

/** `{ messageId }`: one message, later than its cause or one of many. */
export const SEND_MESSAGE = 'send-message'

/** `{ messageId, network? }`: the same for a message about an order that nobody has paid for. */
export const SEND_UNPAID_MESSAGE = 'send-unpaid-message'
