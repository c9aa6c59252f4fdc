// What the reconciler asks of the database.
import type { PrismaClient } from '../../platform/prisma.ts'
import {
  BEFORE_DEADLINE_SECONDS,
  END_AFTER_SECONDS,
  REVERSED_WITHIN_SECONDS,
  REVERSIBLE,
} from './check-times.ts'

const MANY = 5_000

/**
 * Puts off, or crosses off, due payments of which nothing is to be asked now: one with its charge and time left, one that
 * has ended (but a Snap page on which another attempt may still be made, until it is over), one that settled so lately that the bank may still take it back, or what is left of it. Says how many.
 */
export const putOff = (prisma: PrismaClient, gateway: string, now: Date): Promise<number> =>
  prisma.$executeRaw`
    WITH due AS MATERIALIZED (
      SELECT p.id, CASE
        WHEN p.status = 'PENDING' THEN p.expires_at - make_interval(secs => ${BEFORE_DEADLINE_SECONDS}::int)
        WHEN p.status IN ('SETTLED', 'PARTIALLY_REFUNDED') AND p.method::text = ANY (${[...REVERSIBLE]}::text[])
          THEN p.settled_at + make_interval(secs => ${REVERSED_WITHIN_SECONDS}::int)
        WHEN p.status IN ('FAILED', 'EXPIRED') AND p.method = 'SNAP' AND p.settled_at IS NULL
          THEN p.expires_at + make_interval(secs => ${END_AFTER_SECONDS}::int)
      END AS later
      FROM payment p JOIN "order" o ON o.id = p.order_id
      WHERE p.next_check_at <= ${now} AND p.gateway = ${gateway} AND p.unconfirmed_status IS NULL AND CASE p.status
        WHEN 'PENDING' THEN p.transaction_id IS NOT NULL AND o.status = 'PENDING_PAYMENT'
          AND p.expires_at - make_interval(secs => ${BEFORE_DEADLINE_SECONDS}::int) > ${now}
        WHEN 'REFUNDED' THEN true
        WHEN 'EXPIRED' THEN p.method <> 'SNAP' OR p.settled_at IS NOT NULL
          OR p.expires_at + make_interval(secs => ${END_AFTER_SECONDS}::int) > ${now}
        WHEN 'FAILED' THEN p.method <> 'SNAP' OR p.settled_at IS NOT NULL
          OR p.expires_at + make_interval(secs => ${END_AFTER_SECONDS}::int) > ${now}
        ELSE NOT p.method::text = ANY (${[...REVERSIBLE]}::text[]) OR p.settled_at IS NULL
          OR p.settled_at + make_interval(secs => ${REVERSED_WITHIN_SECONDS}::int) > ${now} END
      ORDER BY p.next_check_at, p.id LIMIT ${MANY} FOR UPDATE OF p SKIP LOCKED
    )
    UPDATE payment SET next_check_at = due.later FROM due WHERE payment.id = due.id`

/**
 * Takes up due payments, each for one worker: the others find it due again only later, and later each time. A worker that
 * dies with it loses nothing but that time. No transaction stays open.
 */
export const takeUp = async (
  prisma: PrismaClient,
  gateway: string,
  now: Date,
  limit: number,
): Promise<string[]> => {
  const rows = await prisma.$queryRaw<{ id: string }[]>`
    WITH due AS MATERIALIZED (
      SELECT id FROM payment WHERE next_check_at <= ${now} AND gateway = ${gateway}
      ORDER BY next_check_at, id LIMIT ${limit} FOR UPDATE SKIP LOCKED
    )
    UPDATE payment SET checks = checks + 1,
      next_check_at = ${now}::timestamptz + make_interval(secs => LEAST(30 * 2 ^ LEAST(checks, 10), 3600))
    FROM due WHERE payment.id = due.id
    RETURNING payment.id::text AS id`
  return rows.map(({ id }) => id)
}

/** Puts back what was taken up and not asked for. */
export const putBack = (prisma: PrismaClient, ids: readonly string[], now: Date) =>
  prisma.payment.updateMany({
    where: { id: { in: [...ids] } },
    data: { nextCheckAt: now, checks: { decrement: 1 } },
  })
