// The speeds that are promised, and whether they are reached.
import { shown } from '../figures.ts'
import type { Verdict } from '../verdicts.ts'
import type { Bounded } from './bounded.ts'
import type { Key } from './contestants.ts'
import type { SingleFlight } from './single-flight.ts'
import type { Row } from './table.ts'

export function verdictsOf(rows: readonly Row[], flight: SingleFlight, bounded: Bounded): Verdict[] {
  const row = (key: Key) => rows.find((one) => one.key === key)
  const verdicts: Verdict[] = []
  const speed = (promise: string, met: boolean, figure: string) =>
    verdicts.push({ promise, met, figure, correctness: false })
  /** `value` of one over that of another; nothing is said of a server that was not measured. */
  function compare(
    promise: string,
    [one, other]: readonly [Key, Key],
    value: (row: Row) => number | null,
    isMet: (ratio: number) => boolean,
  ): void {
    const [above, below] = [row(one), row(other)].map((found) => (found ? value(found) : null))
    if (above == null || below == null) return
    const ratio = above / below
    speed(promise, isMet(ratio), `${ratio.toFixed(2)}×`)
  }
  const pace = ({ perSecond }: Row) => perSecond
  const atLeast = (least: number) => (ratio: number) => ratio >= least
  const atMost = (most: number) => (ratio: number) => ratio <= most
  compare('Edge hit at least 0.85× bare node:http', ['edge', 'bare'], pace, atLeast(0.85))
  compare(
    'Edge hit: p99 at most 1.3× that of bare node:http',
    ['edge', 'bare'],
    ({ p99 }) => p99,
    atMost(1.3),
  )
  compare('Edge hit at least 3.5× Mercurius with JIT and cache', ['edge', 'mercurius'], pace, atLeast(3.5))
  compare('Edge hit at least 5× Yoga with its cache', ['edge', 'yoga'], pace, atLeast(5))
  compare('Edge hit at least 5× Apollo Server with its cache', ['edge', 'apollo'], pace, atLeast(5))
  compare('Redis hit at least 2× Yoga with its cache', ['redis', 'yoga'], pace, atLeast(2))
  compare(
    'Miss: at most 1.3× the CPU of Yoga with hand-written SQL',
    ['miss', 'yoga-sql'],
    ({ cpuUs }) => cpuUs,
    atMost(1.3),
  )
  const statements = row('miss')?.statements ?? 0
  speed('Miss: at most 3 SQL statements', statements <= 3, String(statements))

  const { requests, alike, statements: executed } = flight
  verdicts.push({
    promise: `${shown(requests)} simultaneous misses of one address execute once`,
    met: alike === requests && executed <= Math.max(statements, 1),
    figure: `${shown(alike)} answers alike, ${executed} SQL statements in all, ${statements} a miss`,
    correctness: true,
  })
  const { addresses, limitBytes, mostBytes, memoryMb } = bounded
  const mebibytes = (bytes: number) => `${(bytes / 2 ** 20).toFixed(1)} MB`
  verdicts.push({
    promise: `${shown(addresses)} addresses stay under the configured bytes`,
    met: mostBytes !== null && mostBytes <= limitBytes,
    figure:
      mostBytes === null
        ? 'the cache does not say what it holds'
        : `at most ${mebibytes(mostBytes)} of ${mebibytes(limitBytes)}; the process went from ${shown(memoryMb[0])} to ${shown(memoryMb[1])} MB`,
    correctness: true,
  })
  return verdicts
}
