// Settlements a second as bars, and below them how long orders waited.
import { drawing, escaped } from '../drawing.ts'
import { shown, shownMs, shownRatio } from '../figures.ts'
import { type Drain, grouped, type Row } from './table.ts'

const [WIDTH, LABELS, BARS, STEP, GAP, TOP] = [880, 330, 380, 24, 34, 64]

interface Bar {
  readonly kind: 'limit' | 'karcis'
  readonly label: string
  readonly length: number
  readonly figure: string
}

export function chartOf(rows: readonly Row[], drain: Drain): string {
  const longest = Math.max(...rows.map(({ perSecond }) => perSecond))
  const slowest = Math.max(drain.without.p99, drain.during.p99)
  const groups: [string, Bar[]][] = grouped(rows).map(([name, rows]) => [
    name,
    rows.map((row) => ({
      kind: row.key === 'sql' ? 'limit' : 'karcis',
      label: row.what,
      length: row.perSecond / longest,
      figure: `${shown(row.perSecond)} a second · ${shownRatio(row.ratio)}`,
    })),
  ])
  const wait = (label: string, kind: Bar['kind'], p99: number): Bar => ({
    kind,
    label,
    length: p99 / slowest,
    figure: shownMs(p99),
  })
  groups.push([
    'p99 of orders at a steady rate: shorter is better',
    [
      wait('beside an idle worker', 'limit', drain.without.p99),
      wait('while the worker drains', 'karcis', drain.during.p99),
    ],
  ])
  let y = TOP
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
    title: 'Payments settled a second by webhook and by raw SQL, and what draining jobs does to orders',
    head: 'Payments settled a second, and orders beside a drain',
    note: '× is the ratio to (a), one raw SQL transaction a settlement, of as many at once.',
    parts,
  })
}
