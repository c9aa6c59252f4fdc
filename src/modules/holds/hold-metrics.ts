import { Gauge } from 'prom-client'
import type { Clock } from '../../platform/clock.ts'
import type { Metrics } from '../../platform/telemetry.ts'

/** What a step in Redis says beside its answer. */
interface Seen {
  /** Holds whose time was over, which this step dropped. */
  readonly over: number
  readonly active: number
  readonly units: number
}

// What nobody has asked for so long is not reported by this process.
const RECENT_MS = 60_000

/** Shows in /metrics what this process saw of holds last. All processes see the same ones. */
export function watchHolds({ metrics, clock }: { readonly metrics: Metrics; readonly clock: Clock }) {
  const gauge = (name: string, help: string) => new Gauge({ name, help, registers: [metrics.registry] })
  const active = gauge('karcis_active_holds', 'Holds that are not over; 0 when nobody asked for a minute.')
  const units = gauge(
    'karcis_held_units',
    'Units of all items that are held; 0 when nobody asked for a minute.',
  )
  let last: Seen & { readonly at: number } = { over: 0, active: 0, units: 0, at: 0 }
  metrics.beforeScrape.push(() => {
    const recent = clock.now().getTime() - last.at < RECENT_MS
    active.set(recent ? last.active : 0)
    units.set(recent ? last.units : 0)
  })
  return (seen: Seen): void => {
    last = { ...seen, at: clock.now().getTime() }
    if (seen.over > 0) metrics.holds.inc({ outcome: 'expired' }, seen.over)
  }
}
