// What the workers of this bench are told and give back.
import type { Pace } from '../crowd.ts'
import { percentile } from '../figures.ts'
import type { Settlement } from './pending.ts'

export interface Settling {
  /** How many notifications are under way at once. */
  readonly atOnce: number
  readonly settlements: readonly Settlement[]
}

export interface Settled extends Pace {
  /** CPU of the worker meanwhile, in microseconds. */
  readonly cpuUs: number
}

/** Settles all of them, `atOnce` at a time. */
export async function settleAll(
  { atOnce, settlements }: Settling,
  settle: (settlement: Settlement, seat: number) => Promise<void>,
): Promise<Settled> {
  const waiting = [...settlements]
  const before = process.cpuUsage()
  const seats = Array.from({ length: atOnce }, (_, seat) => seat)
  const times: number[] = []
  const began = performance.now()
  await Promise.all(
    seats.map(async (seat) => {
      for (let next = waiting.pop(); next; next = waiting.pop()) {
        const asked = performance.now()
        await settle(next, seat)
        times.push(performance.now() - asked)
      }
    }),
  )
  const seconds = (performance.now() - began) / 1_000
  const { user, system } = process.cpuUsage(before)
  const at = percentile(times)
  return {
    count: times.length,
    perSecond: times.length / seconds,
    p50: at(0.5),
    p99: at(0.99),
    cpuUs: user + system,
  }
}
