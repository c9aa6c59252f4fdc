import { timeText } from '../../../platform/locale.ts'
import type { EventPlan, SchedulePlan } from '../event-change.ts'
import type { Facts } from '../queries.ts'
import type { Say } from './words.ts'

type Row = [string, string]

const placeOf = ({ venue, city }: EventPlan): string => [venue, city].filter(Boolean).join(', ')

/** What is another now, as "old → new", of the event and of the schedules that the order has tickets of; empty: nothing. */
export function changedRows({ order, change }: Pick<Facts, 'order' | 'change'>, say: Say): Row[] {
  if (!change) return []
  const { before, after } = change
  const time = (plan: EventPlan, at: Date | null | undefined) =>
    at ? timeText(at, plan.timeZone, order.locale) : ''
  const rows = (name: string, then: EventPlan | SchedulePlan, now: EventPlan | SchedulePlan) => [
    row(`${name}${say('Waktu', 'Time')}`, time(before, then.startsAt), time(after, now.startsAt)),
    row(`${name}${say('Selesai', 'End')}`, time(before, then.endsAt), time(after, now.endsAt)),
  ]
  const held = new Set(order.tickets.map(({ scheduleId }) => scheduleId))
  return [
    row(say('Acara', 'Event'), before.title, after.title),
    ...rows('', before, after),
    row(say('Tempat', 'Place'), placeOf(before), placeOf(after)),
    ...before.schedules.flatMap((then) => {
      const now = after.schedules.find(({ id }) => id === then.id)
      if (!now || !held.has(then.id)) return []
      return [
        row(say('Jadwal', 'Schedule'), then.name, now.name),
        ...rows(`${now.name}, `, then, now),
        row(
          `${now.name}, ${say('Pintu dibuka', 'Gates open')}`,
          time(before, then.gatesOpenAt),
          time(after, now.gatesOpenAt),
        ),
      ]
    }),
  ].flat()
}

const row = (name: string, then: string, now: string): Row[] =>
  then === now ? [] : [[name, `${then || '–'} → ${now || '–'}`]]
