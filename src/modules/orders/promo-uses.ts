// The uses of promo codes: taken with the order, given back with its stock, in the same transaction.
import type { Deps } from '../../platform/deps.ts'
import type { Tx } from '../../platform/prisma.ts'
import type { Sql } from '../../platform/sql.ts'
import type { BuyerCounts } from './buyer-counts.ts'
import { askingIdentitiesOf } from './buyer-keys.ts'
import { countUses } from './count-buyers.ts'
import { isUsedUp } from './promo-offers.ts'
import type { LockedOrder, OrderView } from './queries.ts'

/** Notes what new orders use, in one statement; none where no order has a code. The codes are locked. */
export async function takeUses(tx: Sql, orders: readonly OrderView[]): Promise<void> {
  const redeemed = orders.filter(({ promoCodeId }) => promoCodeId !== null)
  if (redeemed.length === 0) return
  await tx.$executeRaw`
    WITH redeemed AS (
      INSERT INTO promo_redemption (order_id, promo_code_id, created_at)
      SELECT * FROM unnest(
        ${redeemed.map(({ id }) => id)}::uuid[], ${redeemed.map(({ promoCodeId }) => promoCodeId)}::uuid[],
        ${redeemed.map(({ createdAt }) => createdAt)}::timestamptz[])
      RETURNING promo_code_id
    )
    UPDATE promo_code p SET used = p.used + taken.uses
    FROM (SELECT promo_code_id, count(*)::int AS uses FROM redeemed GROUP BY promo_code_id) taken
    WHERE p.id = taken.promo_code_id`
}

/** Gives the uses of ended orders back, each once: what is given back is noted on its redemption. Stock is locked before. */
export async function giveBackUses(
  deps: Pick<Deps, 'clock'>,
  tx: Tx,
  orderIds: readonly string[],
): Promise<void> {
  const codes = await tx.$queryRaw<object[]>`
    SELECT id FROM promo_code
    WHERE id IN (SELECT promo_code_id FROM promo_redemption
      WHERE order_id = ANY (${[...orderIds]}::uuid[]) AND released_at IS NULL)
    ORDER BY id FOR UPDATE`
  if (codes.length === 0) return
  await tx.$executeRaw`
    WITH freed AS (
      UPDATE promo_redemption SET released_at = ${deps.clock.now()}::timestamptz
      WHERE order_id = ANY (${[...orderIds]}::uuid[]) AND released_at IS NULL
      RETURNING promo_code_id
    )
    UPDATE promo_code p SET used = p.used - given.uses
    FROM (SELECT promo_code_id, count(*)::int AS uses FROM freed GROUP BY promo_code_id) given
    WHERE p.id = given.promo_code_id`
}

/**
 * Takes the use of an expired order again: false when the code is used up since, or the buyer has had as many as one may.
 * That the code is over matters no more: the order was placed in time.
 */
export async function retakeUse(tx: Tx, order: LockedOrder, counts: BuyerCounts): Promise<boolean> {
  if (order.promoCodeId === null) return true
  const [code] = await tx.$queryRaw<
    { id: string; maxUses: number | null; maxPerBuyer: number | null; used: number }[]
  >`
    SELECT id, max_uses AS "maxUses", max_per_buyer AS "maxPerBuyer", used FROM promo_code
    WHERE id = ${order.promoCodeId}::uuid FOR UPDATE`
  if (!code || isUsedUp(code)) return false
  if (code.maxPerBuyer !== null) {
    await countUses(tx, counts, [{ organizerId: order.organizerId, keys: order }], [code.id])
    if (counts.of(askingIdentitiesOf(order), code.id) >= code.maxPerBuyer) return false
  }
  await tx.$executeRaw`
    WITH retaken AS (
      UPDATE promo_redemption SET released_at = NULL
      WHERE order_id = ${order.id}::uuid AND released_at IS NOT NULL RETURNING promo_code_id
    )
    UPDATE promo_code p SET used = p.used + 1 FROM retaken WHERE p.id = retaken.promo_code_id`
  return true
}
