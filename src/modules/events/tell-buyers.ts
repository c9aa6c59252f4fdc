import { addSeconds } from '../../platform/clock.ts'
import type { Deps } from '../../platform/deps.ts'
import { newId } from '../../platform/ids.ts'
import type { Prisma, Tx } from '../../platform/prisma.ts'
import { type SellingEvent, shownStatus } from './sale-window.ts'

// Where and when to be, and by what name it is known: of an event and of a schedule alike.
const MATTERS = new Set(['title', 'name', 'city', 'venue', 'timeZone', 'startsAt', 'endsAt', 'gatesOpenAt'])

/** How long nobody edits before buyers are told, and how long after the first edit at most. docs/decisions/0025. */
const USUAL = { quietSeconds: 600, atMostSeconds: 3_600 }
/** The same where somebody may be about to leave home. */
const SOON = { quietSeconds: 120, atMostSeconds: 600 }
const SOON_SECONDS = 86_400

const planSelect = {
  title: true,
  city: true,
  venue: true,
  timeZone: true,
  startsAt: true,
  endsAt: true,
  schedules: {
    select: { id: true, name: true, startsAt: true, endsAt: true, gatesOpenAt: true },
    orderBy: { id: 'asc' },
  },
} satisfies Prisma.EventSelect

type Plan = Prisma.EventGetPayload<{ select: typeof planSelect }>

/** What buyers plan by, as the transaction sees it. For commands that edit it: read it before. */
export const planOf = (tx: Pick<Tx, 'event'>, eventId: string): Promise<Plan> =>
  tx.event.findUniqueOrThrow({ where: { id: eventId }, select: planSelect })

/**
 * Notes in the transaction of an edit, after it, that who has a ticket is to hear of it. Edits are gathered until nobody edits
 * any more: `event_change` keeps `before`, the plan ahead of the first of them. Nobody hears of a draft, of an event that is
 * over or called off, or of words that change nothing about being there.
 */
export async function tellBuyers(
  deps: Pick<Deps, 'clock'>,
  tx: Tx,
  event: Pick<SellingEvent, 'status' | 'endsAt'> & { readonly id: string },
  changes: object,
  before: Plan,
): Promise<void> {
  const now = deps.clock.now()
  if (shownStatus(event, now) !== 'PUBLISHED') return
  if (!Object.keys(changes).some((field) => MATTERS.has(field))) return
  const plans = [before, await planOf(tx, event.id)]
  const { quietSeconds, atMostSeconds } = plans.some((plan) => isSoon(plan, now)) ? SOON : USUAL
  const open = await tx.eventChange.findFirst({ where: { eventId: event.id, closedAt: null } })
  const latest = addSeconds(open?.firstEditAt ?? now, atMostSeconds)
  const quiet = addSeconds(now, quietSeconds)
  const data = { lastEditAt: now, dueAt: quiet < latest ? quiet : latest }
  if (open) await tx.eventChange.update({ where: { id: open.id }, data })
  else {
    const id = newId()
    // As JSON has it: times are text.
    const kept: Prisma.InputJsonObject = JSON.parse(JSON.stringify(before))
    await tx.eventChange.create({ data: { id, eventId: event.id, before: kept, firstEditAt: now, ...data } })
  }
}

/** Whether some part of it begins within a day, or is under way. */
const isSoon = (plan: Plan, now: Date): boolean =>
  [plan, ...plan.schedules].some(
    ({ startsAt, endsAt }) => endsAt > now && startsAt <= addSeconds(now, SOON_SECONDS),
  )
