// What a number of clients see who each do one thing after the other.
import { percentile } from './figures.ts'

export interface Pace {
  readonly count: number
  readonly perSecond: number
  /** Milliseconds. */
  readonly p50: number
  readonly p99: number
}

/**
 * Each of `size` clients acts again as soon as it has its answer. Ends when the last answer is there. What gives `false`
 * was in vain and does not count.
 */
export async function crowd(
  size: number,
  seconds: number,
  act: (client: number) => Promise<unknown>,
): Promise<Pace> {
  const times: number[] = []
  const began = performance.now()
  const until = began + seconds * 1_000
  const clients = Array.from({ length: size }, async (_, client) => {
    for (let now = performance.now(); now < until; ) {
      const asked = now
      const done = await act(client)
      now = performance.now()
      if (done !== false) times.push(now - asked)
    }
  })
  await Promise.all(clients)
  const elapsed = performance.now() - began
  const at = percentile(times)
  return { count: times.length, perSecond: times.length / (elapsed / 1_000), p50: at(0.5), p99: at(0.99) }
}
