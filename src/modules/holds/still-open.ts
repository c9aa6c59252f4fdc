import { arrayLiteral } from '../../platform/array-literal.ts'
import type { Deps } from '../../platform/deps.ts'

// An order whose key is not there is under way for so long at most, or was never placed. Fewer than the least time to pay.
const UNDER_WAY_MS = 30_000

/**
 * Which of these orders are open: waiting for payment, or free, which are kept until their end, because nobody pays anything to
 * have them. `entries` are by what openingId gives, with units and end.
 */
export async function stillOpen(
  { prisma, clock, settings }: Pick<Deps, 'prisma' | 'clock' | 'settings'>,
  entries: Readonly<Record<string, string>>,
): Promise<ReadonlySet<string>> {
  const ids = Object.keys(entries).filter((id) => id.startsWith('order '))
  if (ids.length === 0) return new Set()
  const claims = ids.map((id) => id.split(' ')[1] ?? '')
  const rows = await prisma.$queryRaw<{ id: string; isOpen: boolean }[]>`
    SELECT k.id::text AS id,
           CASE WHEN k.answer ? 'orderId' THEN coalesce(o.status = 'PENDING_PAYMENT', false) ELSE true END AS "isOpen"
    FROM idempotency_key k LEFT JOIN "order" o ON o.id = (k.answer ->> 'orderId')::uuid
    WHERE k.id = ANY(${arrayLiteral(claims)}::uuid[])`
  const known = new Map(rows.map(({ id, isOpen }) => [id, isOpen]))
  // An order ends so long after it was placed.
  const newer = clock.now().getTime() - UNDER_WAY_MS + settings.orderTtlSeconds * 1_000
  return new Set(ids.filter((id, index) => known.get(claims[index] ?? '') ?? endOf(entries[id]) > newer))
}

const endOf = (entry = ''): number => Number(entry.split(' ')[1] ?? 0)
