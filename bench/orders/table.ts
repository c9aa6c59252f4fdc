import { median, shown, shownMs, sorted } from '../figures.ts'
import type { Seen } from './clients.ts'

/** One round of one server. */
export interface Round extends Seen {
  /** CPU of the server process an answer, in microseconds. */
  readonly cpuUs: number | null
}

export interface Row {
  readonly what: string
  readonly rounds: readonly Round[]
  readonly peakMb: number | null
}

/** What is compared with a limit, in the table's order. */
export interface Contest {
  readonly rows: readonly Row[]
  readonly limit: Row
}

const paces = (row: Row) => row.rounds.map((round) => round.perSecond)

function medianOf(row: Row, value: (round: Round) => number | null): number | null {
  const known = row.rounds.flatMap((round) => value(round) ?? [])
  return known.length > 0 ? median(known) : null
}

function cells(row: Row, ratio: string): string {
  const all = sorted(paces(row))
  const range = `${shown(all[0] ?? null)}–${shown(all.at(-1) ?? null)}`
  return [
    row.what,
    `${shown(median(all))} (${range})`,
    shownMs(medianOf(row, (round) => round.p50)),
    shownMs(medianOf(row, (round) => round.p99)),
    shown(
      medianOf(row, (round) => round.cpuUs),
      ' µs',
    ),
    shown(row.peakMb, ' MB'),
    shown(medianOf(row, (round) => round.retries)),
    ratio,
  ].join(' | ')
}

export function tableOf(contests: readonly Contest[]): string {
  const rows = contests.flatMap(({ rows, limit }) =>
    rows.map((row) => {
      const ratio = median(paces(row)) / median(paces(limit))
      return cells(row, row === limit ? '1×' : `${ratio.toFixed(ratio < 0.1 ? 3 : 2)}×`)
    }),
  )
  const head = ['', 'a second', 'p50', 'p99', 'CPU each', 'peak RSS', 'retries', 'of the limit'].join(' | ')
  return [head, '--- | --: | --: | --: | --: | --: | --: | --:', ...rows]
    .map((row) => `| ${row} |`)
    .join('\n')
}
