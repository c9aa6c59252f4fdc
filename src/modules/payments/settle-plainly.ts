import type { NotificationSource, OrderStatus, PaymentStatus } from '../../generated/prisma/enums.ts'
import type { Deps } from '../../platform/deps.ts'
import { serializableSql } from '../../platform/serializable.ts'
import type { Sql } from '../../platform/sql.ts'
import { isCalledOff } from '../events/queries.ts'
import { canBecome as orderCanBecome } from '../orders/order-states.ts'
import { keepWord } from './keep-word.ts'
import type { KnownPayment } from './known-payment.ts'
import type { Said } from './provider-word.ts'
import { markPaid } from './settle-payment.ts'

/**
 * What nearly every word is about: a payment that was open has arrived, and its order waits for it. Whoever calls has judged that
 * the word says so and is believed. Done in raw statements, which take a quarter of what Prisma takes, for on a sale's first minutes they come by the thousand. False, and nothing
 * done, where anything is otherwise: applyWord then looks at everything.
 */
export async function settlePlainly(
  deps: Deps,
  known: KnownPayment,
  said: Said,
  source: NotificationSource,
): Promise<boolean> {
  const { id, orderId } = known
  if (!isPlain({ ...known, order: known.order.status, calledOff: false })) return false
  const work = async (tx: Sql) => {
    const now = await lock(tx, known)
    if (!now || !isPlain(now)) return { value: false, last: null }
    await Promise.all([
      keepWord(deps, tx, id, said, source),
      tx.$executeRaw`
        UPDATE payment SET status = 'SETTLED', settled_at = ${deps.clock.now()}::timestamptz WHERE id = ${id}::uuid`,
      markPaid(deps, tx, { ...known.order, id: orderId }, known),
    ])
    return { value: true, last: null }
  }
  return serializableSql(deps, 'applyWord', work)
}

interface States {
  readonly status: PaymentStatus
  readonly order: OrderStatus
  readonly calledOff: boolean
}

// What comes after its order's time has to take the stock again, and what had failed is asked for first.
const isPlain = ({ status, order, calledOff }: States): boolean =>
  (status === 'PENDING' || status === 'EXPIRED') &&
  orderCanBecome(order, 'PAID') &&
  order !== 'EXPIRED' &&
  !calledOff

/** Locks the order, as every command does that changes it, and then the event against being called off meanwhile. */
async function lock(tx: Sql, { id, orderId, order: { eventId } }: KnownPayment): Promise<States | null> {
  const [rows, calledOff] = await Promise.all([
    tx.$queryRaw<Omit<States, 'calledOff'>[]>`
      SELECT p.status::text AS status, o.status::text AS "order" FROM "order" o JOIN payment p ON p.order_id = o.id
      WHERE o.id = ${orderId}::uuid AND p.id = ${id}::uuid
      FOR UPDATE OF o`,
    eventId !== null && isCalledOff(tx, eventId),
  ])
  return rows[0] ? { ...rows[0], calledOff } : null
}
