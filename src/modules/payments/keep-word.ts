import { createHash } from 'node:crypto'
import type { NotificationSource } from '../../generated/prisma/enums.ts'
import type { Deps } from '../../platform/deps.ts'
import { newId } from '../../platform/ids.ts'
import type { Sql } from '../../platform/sql.ts'
import type { Said } from './provider-word.ts'

/** Keeps what the provider said byte for byte, once, in the transaction of what it does. */
export const keepWord = (
  deps: Pick<Deps, 'clock'>,
  tx: Sql,
  paymentId: string,
  { word, body }: Said,
  source: NotificationSource,
): Promise<number> =>
  tx.$executeRaw`
    INSERT INTO payment_notification (id, payment_id, digest, transaction_status, status_code, body, source, received_at)
    VALUES (${newId()}::uuid, ${paymentId}::uuid, ${digestOf(body)}::bytea, ${word.transaction_status},
            ${word.status_code}, ${body}, ${source}::"NotificationSource", ${deps.clock.now()}::timestamptz)
    ON CONFLICT (payment_id, digest) DO NOTHING`

/**
 * Keeps what the provider said and what has no effect before the provider has confirmed it, and has the reconciler ask at once: in
 * one statement, so that neither is there without the other. What was kept before is not asked for again, unless it is an
 * answer: those are asked for.
 */
export async function storeUnconfirmed(
  deps: Pick<Deps, 'clock' | 'prisma'>,
  paymentId: string,
  { word, body }: Said,
  source: NotificationSource,
): Promise<void> {
  const now = deps.clock.now()
  await deps.prisma.$executeRaw`
    WITH stored AS (
      INSERT INTO payment_notification
        (id, payment_id, digest, transaction_status, status_code, body, source, received_at, believed)
      VALUES (${newId()}::uuid, ${paymentId}::uuid, ${digestOf(body)}::bytea, ${word.transaction_status},
              ${word.status_code}, ${body}, ${source}::"NotificationSource", ${now}::timestamptz, false)
      ON CONFLICT (payment_id, digest) DO NOTHING
      RETURNING id
    )
    UPDATE payment SET unconfirmed_status = ${word.transaction_status}, next_check_at = ${now}::timestamptz, checks = 0
    WHERE id = ${paymentId}::uuid AND (${source} = 'STATUS' OR EXISTS (SELECT 1 FROM stored))`
}

// What one signature may leave: whoever has it can change all that it does not cover.
const MAX_OF_ONE_ORDER = 20

/** Keeps a genuinely signed notification that is about no payment of ours, or in no form that we read. */
export async function storeUnmatched(
  deps: Pick<Deps, 'clock' | 'prisma'>,
  orderId: string,
  body: string,
): Promise<void> {
  await deps.prisma.$executeRaw`
    INSERT INTO unmatched_notification (id, order_id, digest, body, received_at)
    SELECT ${newId()}::uuid, ${orderId}, ${digestOf(body)}::bytea, ${body}, ${deps.clock.now()}::timestamptz
    WHERE (SELECT count(*) FROM unmatched_notification WHERE order_id = ${orderId}) < ${MAX_OF_ONE_ORDER}
    ON CONFLICT (order_id, digest) DO NOTHING`
}

const digestOf = (body: string): Buffer => createHash('sha256').update(body).digest()
