import { median, shown, shownMs, shownRatio, sorted } from '../figures.ts'
import { markdownTable } from '../report.ts'
import type { Key } from './contestants.ts'
import type { Measured, Round } from './measure.ts'

/** What the rounds of one server come to. */
export interface Row {
  readonly key: Key
  readonly what: string
  readonly perSecond: number
  readonly range: readonly [number, number]
  readonly p50: number
  readonly p99: number
  readonly cpuUs: number | null
  readonly peakMb: number | null
  readonly statements: number
  /** Of the limit's answers a second. */
  readonly ratio: number
}

export function rowsOf(measured: readonly Measured[], statements: ReadonlyMap<Key, number>): Row[] {
  const rows = measured.map(({ contestant: { key, what }, rounds, peakMb }) => {
    const of = (value: (round: Round) => number) => median(rounds.map(value))
    const paces = sorted(rounds.map(({ perSecond }) => perSecond))
    const cpus = rounds.flatMap(({ cpuUs }) => cpuUs ?? [])
    return {
      key,
      what,
      perSecond: median(paces),
      range: [paces[0] ?? 0, paces.at(-1) ?? 0] as const,
      p50: of(({ p50 }) => p50),
      p99: of(({ p99 }) => p99),
      cpuUs: cpus.length > 0 ? median(cpus) : null,
      peakMb,
      statements: statements.get(key) ?? 0,
    }
  })
  const limit = rows.find(({ key }) => key === 'bare')?.perSecond ?? 0
  return rows.map((row) => ({ ...row, ratio: row.perSecond / limit }))
}

export function tableOf(rows: readonly Row[]): string {
  const head = ['', 'a second', 'of the limit', 'p50', 'p99', 'CPU each', 'SQL each', 'peak memory']
  const lines = rows.map((row) => [
    row.what,
    `${shown(row.perSecond)} (${shown(row.range[0])}–${shown(row.range[1])})`,
    shownRatio(row.ratio),
    shownMs(row.p50),
    shownMs(row.p99),
    shown(row.cpuUs, ' µs'),
    String(row.statements),
    shown(row.peakMb, ' MB'),
  ])
  return markdownTable(head, lines)
}
