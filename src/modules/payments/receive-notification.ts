import { createHash } from 'node:crypto'
import type { Deps } from '../../platform/deps.ts'
import { newId, parseId } from '../../platform/ids.ts'
import { money, parseDecimal, toDecimal } from '../../platform/money.ts'
import type { Tx } from '../../platform/prisma.ts'
import { serializable } from '../../platform/serializable.ts'
import { lockOrder } from '../orders/queries.ts'
import { lockFreeStock, whenStockIsFree } from '../orders/stock-lane.ts'
import type { PaymentGateway } from './gateway.ts'
import { isGenuine, type Notification, parseNotification, statusOf } from './notification.ts'
import { canBecome } from './payment-states.ts'
import { reversePayment } from './reverse-payment.ts'
import { settlePayment } from './settle-payment.ts'

export type Received = 'applied' | 'unchanged' | 'malformed' | 'forged' | 'unknown' | 'wrong_amount'

/**
 * Takes a provider's notification: the raw words, the transition, tickets and jobs commit in one transaction. Any number
 * of copies in any order lead to the same end. A forged one leaves nothing but a count.
 */
export async function receiveNotification(
  deps: Deps & { gateway: PaymentGateway },
  body: string,
): Promise<Received> {
  const received = await receive(deps, body)
  deps.metrics.notifications.inc({ outcome: received })
  return received
}

async function receive(deps: Deps & { gateway: PaymentGateway }, body: string): Promise<Received> {
  const notification = parseNotification(body)
  if (!notification) return 'malformed'
  if (!isGenuine(notification, deps.gateway.serverKey)) return 'forged'
  const paymentId = parseId(notification.order_id)
  const payment =
    paymentId &&
    (await deps.prisma.payment.findUnique({
      where: { id: paymentId },
      include: { order: { select: { eventId: true, organizerId: true, lines: true } } },
    }))
  if (!payment) return 'unknown'
  if (parseDecimal(notification.gross_amount, payment.currencyCode) !== payment.amountMinor) {
    const expected = toDecimal(money(payment.amountMinor, payment.currencyCode))
    deps.log.error(
      { paymentId, said: notification.gross_amount, expected },
      'a payment notification has another amount',
    )
    return 'wrong_amount'
  }
  const run = (stockIsLocked: boolean) =>
    serializable(deps, 'receiveNotification', async (tx) => {
      if (stockIsLocked) await lockFreeStock(tx, payment.order.lines)
      return apply(deps, tx, payment, notification, body, stockIsLocked)
    })
  return run(false).catch((error: unknown) => {
    if (!(error instanceof MovesStock)) throw error
    return whenStockIsFree(deps, payment.order, () => run(true))
  })
}

/** Rolls back: stock is locked before the order, as by every command, or two of them could deadlock. */
class MovesStock extends Error {}

async function apply(
  deps: Deps,
  tx: Tx,
  { id, orderId }: { id: string; orderId: string },
  notification: Notification,
  body: string,
  stockIsLocked: boolean,
): Promise<Received> {
  const order = await lockOrder(tx, orderId)
  const payment = await tx.payment.findUnique({ where: { id } })
  if (!order || !payment) return 'unknown'
  const status = statusOf(notification)
  const applies = status !== null && canBecome(payment.status, status)
  const late = status === 'SETTLED' && order.status === 'EXPIRED'
  const reversed = status === 'FAILED' && payment.status === 'SETTLED'
  if (applies && (late || reversed) && !stockIsLocked) throw new MovesStock()
  const now = deps.clock.now()
  await tx.$executeRaw`
    INSERT INTO payment_notification (id, payment_id, digest, transaction_status, body, received_at)
    VALUES (${newId()}::uuid, ${id}::uuid, ${createHash('sha256').update(body).digest()}::bytea,
            ${notification.transaction_status}, ${body}, ${now}::timestamptz)
    ON CONFLICT (payment_id, digest) DO NOTHING`
  if (!applies) return 'unchanged'
  await tx.payment.update({
    where: { id },
    data: { status, ...(status === 'SETTLED' ? { settledAt: now } : {}) },
  })
  if (status === 'SETTLED') await settlePayment(deps, tx, order, payment)
  if (reversed) await reversePayment(deps, tx, order, payment)
  return 'applied'
}
