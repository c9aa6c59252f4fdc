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
    INSERT INTO payment_notification (id, payment_id, digest, transaction_status, body, source, received_at)
    VALUES (${newId()}::uuid, ${paymentId}::uuid, ${createHash('sha256').update(body).digest()}::bytea,
            ${word.transaction_status}, ${body}, ${source}::"NotificationSource", ${deps.clock.now()}::timestamptz)
    ON CONFLICT (payment_id, digest) DO NOTHING`
