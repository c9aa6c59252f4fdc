// Settlements a second as bars, and below them how long orders waited beside a drain, and all others while the provider hung.
import { drawing, escaped } from '../drawing.ts'
import { shown, shownMs, shownRatio } from '../figures.ts'
import type { Outage } from './outage.ts'
import { othersOf } from './outage-table.ts'
import { type Drain, grouped, type Row } from './table.ts'

const [WIDTH, LABELS, BARS, STEP, GAP, TOP] = [880, 330, 380, 24, 34, 64]

interface Bar {
  readonly kind: 'limit' | 'karcis'
  readonly label: string
  readonly length: number
  readonly figure: string
}

type Group = readonly [string, readonly Bar[]]

export function chartOf(rows: readonly Row[], drain: Drain, outage: Outage): string {
  let y = TOP
  const groups = [...settled(rows), beside(drain), meanwhile(outage)]
  const parts = groups.flatMap(([name, bars]) => {
    const title = `  <text class="group" x="10" y="${y + 15}">${escaped(name)}</text>`
    y += STEP
    const drawn = bars.map(({ kind, label, length, figure }) => {
      const width = Math.max(1, length * BARS)
      const bar = [
        `  <text class="label" x="${LABELS - 10}" y="${y + 14}">${escaped(label)}</text>`,
        `  <rect class="${kind}" x="${LABELS}" y="${y}" width="${width.toFixed(1)}" height="18" rx="2"/>`,
        `  <text x="${(LABELS + width + 8).toFixed(1)}" y="${y + 14}">${figure}</text>`,
      ]
      y += STEP
      return bar.join('\n')
    })
    y += GAP - STEP
    return [title, ...drawn]
  })
  return drawing({
    width: WIDTH,
    height: y + 10,
    title:
      'Payments settled a second by webhook and by raw SQL, what draining jobs does to orders, and what a provider that hangs does to all others',
    head: 'Payments settled a second, orders beside a drain, and others beside a provider that hangs',
    note: '× is the ratio to (a), one raw SQL transaction a settlement, of as many at once.',
    parts,
  })
}

function settled(rows: readonly Row[]): Group[] {
  const longest = Math.max(...rows.map(({ perSecond }) => perSecond))
  return grouped(rows).map(([name, rows]) => [
    name,
    rows.map((row) => ({
      kind: row.key === 'sql' ? 'limit' : 'karcis',
      label: row.what,
      length: row.perSecond / longest,
      figure: `${shown(row.perSecond)} a second · ${shownRatio(row.ratio)}`,
    })),
  ])
}

const beside = ({ without, during }: Drain): Group => [
  'p99 of orders at a steady rate: shorter is better',
  waits([
    ['limit', 'beside an idle worker', without.p99],
    ['karcis', 'while the worker drains', during.p99],
  ]),
]

const meanwhile = (outage: Outage): Group => [
  'p99 at steady rates while the provider is well, and while it hangs',
  waits(
    othersOf(outage).flatMap(({ name, phases }) => [
      ['limit', name, phases.well.p99],
      ['karcis', 'it hangs', phases.hanging.p99],
    ]),
  ),
]

function waits(all: readonly (readonly [Bar['kind'], string, number])[]): Bar[] {
  const slowest = Math.max(...all.map(([, , p99]) => p99))
  return all.map(([kind, label, p99]) => ({ kind, label, length: p99 / slowest, figure: shownMs(p99) }))
}
