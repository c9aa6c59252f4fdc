import type { Fulfilment } from '../../generated/prisma/client.ts'
import { arrayLiteral } from '../../platform/array-literal.ts'
import type { Deps } from '../../platform/deps.ts'
import type { Tx } from '../../platform/prisma.ts'
import type { Sql } from '../../platform/sql.ts'

interface Paid {
  readonly id: string
  readonly organizerId: string
  readonly eventId: string | null
  readonly lines: readonly { readonly id: string; readonly kind: 'TICKET' | 'MERCHANDISE' }[]
}

/**
 * Puts the merchandise of orders on the list of what is to be packed, in the transaction that makes them PAID. The key on
 * the line means that a second call fails the transaction. No statement where only tickets were bought.
 */
export async function openFulfilments(
  deps: Pick<Deps, 'clock'>,
  tx: Sql,
  orders: readonly Paid[],
): Promise<Fulfilment[]> {
  const now = deps.clock.now()
  const opened = orders.flatMap(({ id: orderId, organizerId, eventId, lines }) =>
    lines
      .filter(({ kind }) => kind === 'MERCHANDISE')
      .map(
        ({ id }): Fulfilment => ({
          id,
          orderId,
          organizerId,
          eventId,
          status: 'UNFULFILLED',
          carrier: null,
          trackingNumber: null,
          createdAt: now,
          packedAt: null,
          deliveredAt: null,
          deliveredBy: null,
        }),
      ),
  )
  if (opened.length === 0) return []
  const each = (value: (row: Fulfilment) => string | null) => arrayLiteral(opened.map(value))
  await tx.$executeRaw`
    INSERT INTO fulfilment (order_line_id, order_id, organizer_id, event_id, created_at)
    SELECT id, order_id, organizer_id, event_id, ${now}::timestamptz
    FROM unnest(
      ${each(({ id }) => id)}::uuid[], ${each(({ orderId }) => orderId)}::uuid[],
      ${each(({ organizerId }) => organizerId)}::uuid[], ${each(({ eventId }) => eventId)}::uuid[]
    ) AS row (id, order_id, organizer_id, event_id)`
  return opened
}

/** The lines of an order whose goods have left the house. No statement where only tickets were bought. */
export async function deliveredLines(
  tx: Pick<Tx, 'fulfilment'>,
  { lines }: Pick<Paid, 'lines'>,
): Promise<string[]> {
  const ids = lines.filter(({ kind }) => kind === 'MERCHANDISE').map(({ id }) => id)
  if (ids.length === 0) return []
  const rows = await tx.fulfilment.findMany({
    where: { id: { in: ids }, deliveredAt: { not: null } },
    select: { id: true },
  })
  return rows.map(({ id }) => id)
}
