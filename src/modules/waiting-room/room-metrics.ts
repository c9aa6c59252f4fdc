import { Gauge } from 'prom-client'
import type { Deps } from '../../platform/deps.ts'
import type { Visit } from './room-store.ts'

// What nobody has visited for so long is not reported by this process.
const RECENT_MS = 60_000

/** Shows in /metrics what this process saw of each room last. All processes see the same rooms. */
export function watchRooms({ metrics, clock }: Pick<Deps, 'metrics' | 'clock'>) {
  const seen = new Map<string, { readonly visit: Visit; readonly at: number }>()
  const registers = [metrics.registry]
  const people = new Gauge({
    name: 'karcis_waiting_room_people',
    help: 'People of a waiting room by event: waiting, called, admitted now; served, spent, abandoned since it opened.',
    labelNames: ['event', 'state'],
    registers,
  })
  const rate = new Gauge({
    name: 'karcis_waiting_room_rate',
    help: 'Admissions a minute as checkout bears them now, by event.',
    labelNames: ['event'],
    registers,
  })
  metrics.beforeScrape.push(() => {
    people.reset()
    rate.reset()
    for (const [event, { visit, at }] of seen) {
      if (clock.now().getTime() - at > RECENT_MS) {
        seen.delete(event)
        continue
      }
      const { waiting, called, active: admitted, served, spent, abandoned } = visit
      for (const [state, count] of Object.entries({ waiting, called, admitted, served, spent, abandoned }))
        people.set({ event, state }, count)
      rate.set({ event }, visit.rate)
    }
  })
  return (eventId: string, visit: Visit): void => {
    seen.set(eventId, { visit, at: clock.now().getTime() })
  }
}
