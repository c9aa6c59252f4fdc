import { median, shown, shownMs, shownRatio } from '../figures.ts'
import { markdownTable } from '../report.ts'
import { summaryOf } from '../rounds.ts'
import type { Drained } from './draining.ts'
import type { Key, Measured } from './settling.ts'

/** What the rounds of one contestant with one crowd come to. */
export interface Row {
  readonly key: Key
  readonly what: string
  readonly atOnce: number
  readonly perSecond: number
  readonly range: readonly [number, number]
  readonly p50: number
  readonly p99: number
  readonly serverUs: number | null
  readonly postgresUs: number | null
  /** Of the limit's settlements a second with the same crowd. */
  readonly ratio: number
}

export function rowsOf(measured: readonly Measured[]): Row[] {
  const rows = measured.map(({ key, what, atOnce, rounds }) => {
    return {
      key,
      what,
      atOnce,
      ...summaryOf(rounds),
    }
  })
  const limitOf = (atOnce: number) =>
    rows.find((row) => row.key === 'sql' && row.atOnce === atOnce)?.perSecond ?? 0
  return rows.map((row) => ({ ...row, ratio: row.perSecond / limitOf(row.atOnce) }))
}

export const groupName = ({ atOnce }: Pick<Row, 'atOnce'>) => `${atOnce} notifications at once`

export const grouped = (rows: readonly Row[]) => [...Map.groupBy(rows, groupName)]

const head = ['', 'settled a second', 'of (a)', 'p50', 'p99', 'CPU each: process + PostgreSQL']

export const settlingTable = (rows: readonly Row[]): string =>
  markdownTable(
    head,
    grouped(rows).flatMap(([name, rows]) => [
      [`**${name}**`, ...head.slice(1).map(() => '')],
      ...rows.map((row) => [
        row.what,
        `${shown(row.perSecond)} (${shown(row.range[0])}–${shown(row.range[1])})`,
        shownRatio(row.ratio),
        shownMs(row.p50),
        shownMs(row.p99),
        `${shown(row.serverUs)} + ${shown(row.postgresUs, ' µs')}`,
      ]),
    ]),
  )

/** The order's waiting, beside an idle worker and beside one that drains. */
export interface Drain {
  readonly jobsPerSecond: number
  /** Of messages a second, at most. */
  readonly pace: number
  readonly without: { readonly p50: number; readonly p99: number }
  readonly during: { readonly p50: number; readonly p99: number }
  readonly ratio: number
}

export function drainOf(drained: readonly Drained[]): Drain {
  const of = (which: 'without' | 'during') => ({
    p50: median(drained.map((one) => one[which].p50)),
    p99: median(drained.map((one) => one[which].p99)),
  })
  const [without, during] = [of('without'), of('during')]
  return {
    jobsPerSecond: median(drained.map(({ done, seconds }) => done / seconds)),
    pace: median(drained.map(({ pace }) => pace)),
    without,
    during,
    ratio: during.p99 / without.p99,
  }
}

export const drainTable = (drained: readonly Drained[]): string =>
  markdownTable(
    [
      'round',
      'jobs',
      'pace',
      'done in',
      'mails',
      'orders: p50, p99 without',
      'p50, p99 during',
      'p99: ratio',
    ],
    drained.map(({ jobs, pace, done, seconds, mails, without, during }, index) => [
      String(index + 1),
      done < jobs ? `${shown(done)} of ${shown(jobs)}` : shown(jobs),
      `${shown(pace)} a second`,
      `${seconds.toFixed(1)} s (${shown(done / seconds)} a second)`,
      shown(mails),
      `${shownMs(without.p50)}, ${shownMs(without.p99)} (${shown(without.count)})`,
      `${shownMs(during.p50)}, ${shownMs(during.p99)} (${shown(during.count)})`,
      shownRatio(during.p99 / without.p99),
    ]),
  )
