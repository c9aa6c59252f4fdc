// What of an event buyers are told has changed: what they planned by ahead of the first edit, and what stands now.
import { z } from 'zod'
import type { Deps } from '../../platform/deps.ts'
import type { Prisma } from '../../platform/prisma.ts'

const Time = z.union([z.string(), z.instanceof(Date)]).transform((at) => new Date(at))
const Part = z.object({
  id: z.string(),
  name: z.string(),
  startsAt: Time,
  endsAt: Time,
  gatesOpenAt: Time.nullable(),
})
const Plan = z.object({
  title: z.string(),
  city: z.string().nullable(),
  venue: z.string().nullable(),
  timeZone: z.string(),
  startsAt: Time,
  endsAt: Time,
  schedules: z.array(Part),
})

export type EventPlan = z.infer<typeof Plan>
export type SchedulePlan = z.infer<typeof Part>

/** The same things before and after. */
export interface EventChange {
  readonly before: EventPlan
  readonly after: EventPlan
}

/** What `event_change` has gathered, and till when; null for a change of a version that gathered nothing. */
export async function changeOf(
  deps: Pick<Deps, 'prisma'>,
  changeId: string,
): Promise<(EventChange & { readonly lastEditAt: Date }) | null> {
  const row = await deps.prisma.eventChange.findUnique({
    where: { id: changeId },
    include: { event: { include: { schedules: true } } },
  })
  if (!row) return null
  return { before: Plan.parse(row.before), after: Plan.parse(row.event), lastEditAt: row.lastEditAt }
}

/** Whose orders a change is news for, whatever the names of zones do to its times: null: nobody's. */
export function concerned({ before, after }: EventChange): Prisma.OrderWhereInput | null {
  const { schedules: then, ...planned } = before
  const { schedules: now, ...plan } = after
  if (textOf(planned) !== textOf(plan)) return {}
  const moved = then.filter(({ id }) => {
    const [was, is] = [then, now].map((parts) => parts.find((part) => part.id === id))
    return is && textOf(was) !== textOf(is)
  })
  if (moved.length === 0) return null
  const scheduleId = { in: moved.map(({ id }) => id) }
  return { tickets: { some: { scheduleId, status: { not: 'REVOKED' } } } }
}

// All come out of one schema, so their fields stand in one order.
const textOf = (part: object | undefined): string => JSON.stringify(part)
