import type { Event, Gate, GateDevice } from '../../generated/prisma/client.ts'
import type { Caller } from '../../platform/caller.ts'
import type { Deps } from '../../platform/deps.ts'
import { NotFound, Unauthenticated } from '../../platform/errors.ts'
import { parseId } from '../../platform/ids.ts'
import { type Connection, type PageArgs, paginate } from '../../platform/pagination.ts'
import type { Prisma } from '../../platform/prisma.ts'
import type { Sql } from '../../platform/sql.ts'
import { isLine } from '../organizers/input-check.ts'
import { isStaff, organizerFor, requirePermission } from '../organizers/permissions.ts'
import { eventFor } from './event-for.ts'
import { type EventView, eventSorts } from './list-events.ts'

type EventQuery = Pick<Prisma.EventFindManyArgs, 'include'>

const withOrganizer = (query: EventQuery) => ({ organizer: true, ...query.include }) as const
type Reads = Pick<Deps, 'prisma'>

/** One event for everybody; null for an unknown slug and for a draft. */
export const findEvent = async (deps: Reads, slug: string, query: EventQuery): Promise<Event | null> =>
  isLine(slug) ? deps.prisma.event.findUnique({ ...query, where: { slug, status: { not: 'DRAFT' } } }) : null

/** One page of an organizer's events, drafts included, for its staff. Throws what requirePermission throws. */
export async function listStaffEvents(
  deps: Reads,
  caller: Caller,
  organizer: string,
  args: PageArgs,
  query: EventQuery,
): Promise<Connection<EventView>> {
  const organizerId = organizerFor(caller, organizer, 'event.write')
  return paginate<EventView>(args, eventSorts.STARTS_AT_DESC, ({ where, ...page }) =>
    deps.prisma.event.findMany({
      ...page,
      include: withOrganizer(query),
      where: { AND: [{ organizerId }, where] },
    }),
  )
}

/** One event, drafts included, for staff of its organizer. */
export async function findStaffEvent(
  deps: Reads,
  caller: Caller,
  id: string,
  query: EventQuery,
): Promise<Event> {
  const { id: eventId } = await eventFor(deps.prisma, caller, id, 'event.write')
  return deps.prisma.event.findUniqueOrThrow({ ...query, where: { id: eventId } })
}

/** The gates of an event by name, for staff and devices of its organizer. */
export async function listGates(
  deps: Reads,
  caller: Caller,
  id: string,
  query: Pick<Prisma.GateFindManyArgs, 'include' | 'select'>,
): Promise<Gate[]> {
  if (caller.kind === 'guest') throw new Unauthenticated()
  const eventId = parseId(id)
  const event = eventId
    ? await deps.prisma.event.findUnique({
        where: { id: eventId },
        select: { organizerId: true, status: true },
      })
    : null
  const inside =
    event &&
    (caller.kind === 'device' ? caller.organizerId === event.organizerId : isStaff(caller, event.organizerId))
  // A draft is seen by whoever may write it, as by staffEvent.
  const hidden = event?.status === 'DRAFT' && caller.kind === 'device'
  if (!eventId || !inside || hidden) throw new NotFound('Event')
  if (event.status === 'DRAFT') requirePermission(caller, event.organizerId, 'event.write', 'Event')
  return deps.prisma.gate.findMany({
    ...query,
    where: { eventId },
    orderBy: [{ name: 'asc' }, { id: 'asc' }],
  })
}

/** The scanners of an event, those that are revoked included, the newest first; for staff who manage members. */
export async function listGateDevices(
  deps: Reads,
  caller: Caller,
  id: string,
  query: Pick<Prisma.GateDeviceFindManyArgs, 'include' | 'select'>,
): Promise<GateDevice[]> {
  const { id: eventId } = await eventFor(deps.prisma, caller, id, 'member.manage')
  return deps.prisma.gateDevice.findMany({
    ...query,
    where: { gate: { eventId } },
    orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
    take: 500,
  })
}

/**
 * Locks an event against all that names it. Orders and payments under way hold its row FOR KEY SHARE, which only this lock
 * disagrees with: it waits until they have committed. Whoever has read the event before and names it after
 * the change that follows meets a conflict, and reads again.
 */
export const lockEventAlone = (tx: Sql, id: string): Promise<unknown> =>
  tx.$queryRaw`SELECT 1 FROM event WHERE id = ${id}::uuid FOR UPDATE`

/** Whether an event was called off; until the end of this transaction nobody calls it off. */
export async function isCalledOff(tx: Sql, id: string): Promise<boolean> {
  const rows = await tx.$queryRaw<
    { status: string }[]
  >`SELECT status::text AS status FROM event WHERE id = ${id}::uuid FOR KEY SHARE`
  return rows[0]?.status === 'CANCELLED'
}

export interface Availability {
  readonly id: string
  readonly remaining: number
}

export interface EventAvailability {
  readonly eventId: string
  readonly asOf: Date
  readonly ticketCategories: readonly Availability[]
  readonly merchandiseVariants: readonly Availability[]
}

/** What is left of everything that a published event sells; null for any other event. */
export async function findAvailability(
  deps: Pick<Deps, 'prisma' | 'clock'>,
  id: string,
): Promise<EventAvailability | null> {
  const eventId = parseId(id)
  if (!eventId) return null
  // Taken before the read, so that the numbers are never older than it says.
  const asOf = deps.clock.now()
  const event = await deps.prisma.event.findUnique({
    where: { id: eventId, status: 'PUBLISHED' },
    select: {
      ticketCategories: {
        select: { id: true, remaining: true },
        orderBy: [{ position: 'asc' }, { id: 'asc' }],
      },
      merchandise: {
        where: { published: true },
        orderBy: { id: 'asc' },
        select: {
          variants: { select: { id: true, remaining: true }, orderBy: [{ position: 'asc' }, { id: 'asc' }] },
        },
      },
    },
  })
  return (
    event && {
      eventId,
      asOf,
      ticketCategories: event.ticketCategories,
      merchandiseVariants: event.merchandise.flatMap(({ variants }) => variants),
    }
  )
}
