// What a number of clients see who each do one thing after the other.

export interface Pace {
  readonly count: number
  readonly perSecond: number
  /** Milliseconds. */
  readonly p50: number
  readonly p99: number
}

/** Each of `size` clients acts again as soon as it has its answer. Ends when the last answer is there. */
export async function crowd(
  size: number,
  seconds: number,
  act: (client: number) => Promise<void>,
): Promise<Pace> {
  const times: number[] = []
  const began = performance.now()
  const until = began + seconds * 1_000
  const clients = Array.from({ length: size }, async (_, client) => {
    for (let now = performance.now(); now < until; ) {
      const asked = now
      await act(client)
      now = performance.now()
      times.push(now - asked)
    }
  })
  await Promise.all(clients)
  const elapsed = performance.now() - began
  const sorted = Float64Array.from(times).sort()
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
  return { count: times.length, perSecond: times.length / (elapsed / 1_000), p50: at(0.5), p99: at(0.99) }
}
