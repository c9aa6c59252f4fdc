import type { Tx } from '../../platform/prisma.ts'
import type { Sql } from '../../platform/sql.ts'

export const BATCH = 500

/**
 * Notes, in the transaction that makes an order PAID, that it is to have an invoice; nothing for one that has it or cost
 * nothing. Its number comes after the commit: were it taken here, all payments of an organizer would wait for one row.
 */
export async function oweInvoice(tx: Sql, orderId: string, paidAt: Date): Promise<void> {
  await tx.$executeRaw`
    INSERT INTO invoice (order_id, organizer_id, created_at)
    SELECT id, organizer_id, ${paidAt}::timestamptz FROM "order" WHERE id = ${orderId}::uuid AND total_minor > 0
    ON CONFLICT (order_id) DO NOTHING`
}

export async function organizersWithDueInvoices(client: Tx): Promise<string[]> {
  const rows = await client.$queryRaw<{ id: string }[]>`
    SELECT DISTINCT organizer_id AS id FROM invoice WHERE number IS NULL LIMIT 100`
  return rows.map(({ id }) => id)
}

/**
 * Numbers what an organizer owes, oldest payment first. Number and counter move in one transaction: one that is rolled back
 * leaves no gap. The series' row is locked first, so nobody else reads what is owed meanwhile. Gives how many it numbered.
 */
export async function nextInvoices(tx: Tx, organizerId: string, now: Date): Promise<number> {
  await tx.$executeRaw`
    INSERT INTO invoice_series (organizer_id) VALUES (${organizerId}::uuid) ON CONFLICT DO NOTHING`
  const [series] = await tx.$queryRaw<{ last: number; slug: string }[]>`
    SELECT s.last_number AS last, o.slug FROM invoice_series s JOIN organizer o ON o.id = s.organizer_id
    WHERE s.organizer_id = ${organizerId}::uuid FOR UPDATE OF s`
  if (!series) return 0
  const prefix = `INV/${series.slug.toUpperCase()}/`
  const numbered = await tx.$executeRaw`
    UPDATE invoice i SET number = due.number, issued_at = ${now},
      label = ${prefix} || lpad(due.number::text, greatest(6, length(due.number::text)), '0')
    FROM (
      SELECT order_id, ${series.last}::int + (row_number() OVER (ORDER BY created_at, order_id))::int AS number
      FROM invoice WHERE organizer_id = ${organizerId}::uuid AND number IS NULL
      ORDER BY created_at, order_id LIMIT ${BATCH}
    ) due
    WHERE i.order_id = due.order_id`
  await tx.$executeRaw`
    UPDATE invoice_series SET last_number = last_number + ${numbered}::int
    WHERE organizer_id = ${organizerId}::uuid AND ${numbered}::int > 0`
  return numbered
}
