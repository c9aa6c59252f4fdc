import { median, sorted } from './figures.ts'

interface Round {
  readonly perSecond: number
  readonly p50: number
  readonly p99: number
  readonly serverUs: number | null
  readonly postgresUs: number | null
}

/** The median of what is known in these rounds; null where it is known in none. */
export function knownOf<One>(rounds: readonly One[], value: (round: One) => number | null): number | null {
  const values = rounds.flatMap((round) => value(round) ?? [])
  return values.length > 0 ? median(values) : null
}

/** What the rounds of one contestant come to: medians, and the range of its pace. */
export function summaryOf(rounds: readonly Round[]) {
  const paces = sorted(rounds.map(({ perSecond }) => perSecond))
  return {
    perSecond: median(paces),
    range: [paces[0] ?? 0, paces.at(-1) ?? 0] as const,
    p50: median(rounds.map(({ p50 }) => p50)),
    p99: median(rounds.map(({ p99 }) => p99)),
    serverUs: knownOf(rounds, ({ serverUs }) => serverUs),
    postgresUs: knownOf(rounds, ({ postgresUs }) => postgresUs),
  }
}
