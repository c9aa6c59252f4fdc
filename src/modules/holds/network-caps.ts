import type { PrismaClient } from '../../platform/prisma.ts'

// A change by staff is seen after so long.
const KNOWN_MS = 5_000
const MAX_KNOWN = 1_000
/** How many units one network may hold or leave unpaid. */
interface Cap {
  readonly units: number
  /** Staff set it, so not even a larger order passes alone. */
  readonly isSet: boolean
  /** No prefix of IPv6 may have more, however wide it is. */
  readonly widest: number
}

/** For merchandise that belongs to no event. */
const WITHOUT_EVENT: Cap = { units: 200, isSet: false, widest: 800 }

/**
 * Gives the cap of an event, or with null that of merchandise without one: as staff set it, else a quarter of all tickets, but no
 * more than twenty whole orders or a fiftieth of the tickets, whichever is more. A cap that staff did not set lets the one order of
 * `units` pass where nothing else of the network is open, and no prefix has more than half of all tickets. Kept for 5 seconds.
 */
export function createNetworkCaps(
  prisma: PrismaClient,
): (eventId: string | null, units: number) => Promise<{ cap: number; widest: number }> {
  const known = new Map<string, { readonly until: number; readonly cap: Promise<Cap> }>()
  const capOf = (eventId: string | null): Promise<Cap> => {
    if (eventId === null) return Promise.resolve(WITHOUT_EVENT)
    const now = performance.now()
    const found = known.get(eventId)
    if (found && found.until > now) return found.cap
    if (known.size >= MAX_KNOWN) known.clear()
    const cap = readCap(prisma, eventId)
    known.set(eventId, { until: now + KNOWN_MS, cap })
    // The next one tries again.
    cap.catch(() => known.delete(eventId))
    return cap
  }
  return async (eventId, units) => {
    const { isSet, units: most, widest } = await capOf(eventId)
    return { cap: isSet ? most : Math.max(most, units), widest }
  }
}

async function readCap(prisma: PrismaClient, eventId: string): Promise<Cap> {
  const [row] = await prisma.$queryRaw<{ own: number | null; quota: number; most: number }[]>`
    SELECT e.max_open_per_network AS own, coalesce(sum(c.quota), 0)::int AS quota, coalesce(max(c.max_per_order), 10) AS most
    FROM event e LEFT JOIN ticket_category c ON c.event_id = e.id
    WHERE e.id = ${eventId}::uuid GROUP BY e.id`
  if (!row) return WITHOUT_EVENT
  if (row.own !== null) return { units: row.own, isSet: true, widest: Number.MAX_SAFE_INTEGER }
  return { units: defaultCap(row), isSet: false, widest: Math.ceil(row.quota / 2) }
}

export const defaultCap = ({ quota, most }: { quota: number; most: number }): number =>
  Math.max(most, Math.min(Math.ceil(quota / 4), Math.max(20 * most, Math.ceil(quota / 50))))
