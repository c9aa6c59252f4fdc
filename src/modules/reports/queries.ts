import type { Sql } from '../../platform/sql.ts'
import type { SettlementByMethod } from './settlement-report.ts'

/**
 * The ledger of an event by currency and method. `net` comes from accounts of its own (SALES less REFUNDS and fees), not
 * from the other columns, so that books which do not balance would show.
 */
export const settlementRows = (client: Sql, eventId: string): Promise<SettlementByMethod[]> =>
  client.$queryRaw<SettlementByMethod[]>`
    WITH leg AS (
      SELECT e.currency_code, p.method, side.account, side.amount,
             e.debit = 'CASH_AT_PROVIDER' AND e.credit IN ('SALES', 'REFUNDS_PAYABLE') AS is_capture,
             e.debit = 'REFUNDS_PAYABLE' AND e.credit IN ('CASH_AT_PROVIDER', 'CASH_BY_HAND') AS is_refund
      FROM ledger_entry e JOIN payment p ON p.id = e.payment_id
      CROSS JOIN LATERAL (VALUES (e.debit, e.amount_minor), (e.credit, -e.amount_minor)) side (account, amount)
      WHERE e.event_id = ${eventId}::uuid
    )
    SELECT currency_code AS "currencyCode", method::text AS method,
           COALESCE(sum(amount) FILTER (WHERE is_capture AND amount > 0), 0)::bigint AS captured,
           COALESCE(sum(amount) FILTER (WHERE is_refund AND amount > 0), 0)::bigint AS refunded,
           COALESCE(-sum(amount) FILTER (WHERE account = 'REFUNDS_PAYABLE'), 0)::bigint AS owed,
           COALESCE(sum(amount) FILTER (WHERE account = 'PROVIDER_FEES'), 0)::bigint AS fees,
           COALESCE(-sum(amount) FILTER (WHERE account IN ('SALES', 'REFUNDS', 'PROVIDER_FEES')), 0)::bigint AS net
    FROM leg GROUP BY currency_code, method ORDER BY currency_code, leg.method`
