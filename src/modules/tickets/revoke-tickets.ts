import { arrayLiteral } from '../../platform/array-literal.ts'
import type { Tx } from '../../platform/prisma.ts'

/**
 * Revokes so many tickets of each order line, for ever: a gate refuses their tokens from the commit on. Whoever has not
 * come in yet goes first, and among those the last unit.
 */
export async function revokeTickets(tx: Tx, units: ReadonlyMap<string, number>): Promise<void> {
  if (units.size === 0) return
  const lineIds = arrayLiteral([...units.keys()])
  // The same lock that a scan takes. In id order: two of these would else deadlock.
  await tx.$queryRaw`
    SELECT 1 FROM ticket WHERE order_line_id = ANY (${lineIds}::uuid[]) ORDER BY id FOR UPDATE`
  const revoked = await tx.$executeRaw`
    UPDATE ticket SET status = 'REVOKED'
    FROM (
      SELECT t.id, gone.units,
             row_number() OVER (PARTITION BY t.order_line_id ORDER BY t.status = 'USED', t.unit DESC) AS place
      FROM ticket t
      JOIN unnest(${lineIds}::uuid[], ${arrayLiteral([...units.values()])}::int[]) AS gone (line_id, units)
        ON gone.line_id = t.order_line_id
      WHERE t.status <> 'REVOKED'
    ) chosen
    WHERE ticket.id = chosen.id AND chosen.place <= chosen.units`
  const wanted = [...units.values()].reduce((sum, count) => sum + count, 0)
  // Stock would rise for a ticket that still lets somebody in.
  if (revoked !== wanted) throw new Error('There are fewer good tickets than units to be refunded.')
}
