import { median, shown, shownMs, shownRatio, shownShare } from '../figures.ts'
import { markdownTable } from '../report.ts'
import { knownOf, summaryOf } from '../rounds.ts'
import type { Key } from './contestants.ts'
import { type Of, ofWhat } from './groups.ts'
import type { Measured, Round } from './measure.ts'

/** What the rounds of one contestant in one group come to. */
export interface Row {
  readonly key: Key
  readonly what: string
  readonly buyers: number
  readonly of: Of
  readonly perSecond: number
  readonly range: readonly [number, number]
  readonly p50: number
  readonly p99: number
  /** Orders that were placed in one transaction. */
  readonly batch: number
  /** Transactions that were run again, of all. */
  readonly retried: number
  readonly serverUs: number | null
  readonly postgresUs: number | null
  readonly loadShare: number | null
  readonly errors: number
  /** Of the limit's orders a second in the same group. */
  readonly ratio: number
  readonly rounds: readonly Round[]
}

/** A figure of one row to that of another: the median of what it was in each round, for both had the same machine in it. */
export function ratioOf(
  one: Pick<Row, 'rounds'>,
  other: Pick<Row, 'rounds'>,
  figure: 'perSecond' | 'p50',
): number {
  return median(
    one.rounds.map((round, index) => round[figure] / (other.rounds[index]?.[figure] ?? Number.NaN)),
  )
}

export function rowsOf(measured: readonly Measured[]): Row[] {
  const rows = measured.map(({ contestant: { key, what }, group: { buyers, of }, rounds }) => {
    const middle = (value: (round: Round) => number) => median(rounds.map(value))
    return {
      key,
      what,
      buyers,
      of,
      ...summaryOf(rounds),
      batch: middle(({ count, transactions }) => count / Math.max(1, transactions)),
      retried: middle(({ retries, transactions }) => retries / Math.max(1, retries + transactions)),
      loadShare: knownOf(rounds, ({ loadShare }) => loadShare),
      errors: rounds.reduce((sum, { errors }) => sum + errors, 0),
      rounds,
    }
  })
  const limitOf = ({ buyers, of }: Pick<Row, 'buyers' | 'of'>) =>
    rows.find((row) => row.key === 'sql' && row.buyers === buyers && row.of === of) ?? { rounds: [] }
  return rows.map((row) => ({ ...row, ratio: ratioOf(row, limitOf(row), 'perSecond') }))
}

export const groupName = ({ buyers, of }: Pick<Row, 'buyers' | 'of'>) =>
  `${buyers === 1 ? '1 buyer alone' : `${buyers} buyers at once`}, ${ofWhat[of]}`

/** The rows of each group, under its name. */
export function grouped(rows: readonly Row[]): readonly (readonly [string, readonly Row[]])[] {
  return [...Map.groupBy(rows, groupName)]
}

const head = [
  '',
  'orders a second',
  'of (a)',
  'p50',
  'p99',
  'orders a transaction',
  'retried',
  'CPU an order: server + PostgreSQL',
  'CPU of the buyers',
  'errors',
]

export function tableOf(rows: readonly Row[]): string {
  const lines = grouped(rows).flatMap(([name, rows]) => [
    [`**${name}**`, ...head.slice(1).map(() => '')],
    ...rows.map((row) => [
      row.what,
      `${shown(row.perSecond)} (${shown(row.range[0])}–${shown(row.range[1])})`,
      shownRatio(row.ratio),
      shownMs(row.p50),
      shownMs(row.p99),
      row.batch.toFixed(row.batch < 9.95 ? 1 : 0),
      shownShare(row.retried),
      `${shown(row.serverUs)} + ${shown(row.postgresUs, ' µs')}`,
      shownShare(row.loadShare),
      shown(row.errors),
    ]),
  ])
  return markdownTable(head, lines)
}
