import { arrayLiteral } from '../../platform/array-literal.ts'
import type { Deps } from '../../platform/deps.ts'
import type { Tx } from '../../platform/prisma.ts'
import type { Sql } from '../../platform/sql.ts'
import type { Entry } from './entries.ts'

/** Whose books, and which payment they are about. */
export interface Books {
  readonly organizerId: string
  readonly eventId: string | null
  readonly paymentId: string
  readonly currencyCode: string
}

/**
 * Books entries in the transaction of their causes, in one statement. A cause that is booked already fails the
 * transaction: it was about to happen twice.
 */
export async function postEntries(
  deps: Pick<Deps, 'clock'>,
  tx: Sql,
  { organizerId, eventId, paymentId, currencyCode }: Books,
  entries: readonly Entry[],
): Promise<void> {
  const each = (value: (entry: Entry) => string | bigint) => arrayLiteral(entries.map(value))
  await tx.$executeRaw`
    INSERT INTO ledger_entry (
      cause, organizer_id, event_id, payment_id, debit, credit, amount_minor, currency_code, created_at)
    SELECT cause, ${organizerId}::uuid, ${eventId}::uuid, ${paymentId}::uuid, debit, credit, amount_minor,
           ${currencyCode}, ${deps.clock.now()}::timestamptz
    FROM unnest(
      ${each(({ cause }) => cause)}::text[], ${each(({ debit }) => debit)}::"LedgerAccount"[],
      ${each(({ credit }) => credit)}::"LedgerAccount"[], ${each(({ amountMinor }) => amountMinor)}::bigint[]
    ) AS row (cause, debit, credit, amount_minor)`
}

/** How often a payment has an entry whose cause begins so. */
export const countEntries = (tx: Tx, paymentId: string, kind: 'recapture' | 'reversal'): Promise<number> =>
  tx.ledgerEntry.count({ where: { paymentId, cause: { startsWith: `${kind}:` } } })
