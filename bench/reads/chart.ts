// The table's first column as bars.
import { drawing, escaped } from '../drawing.ts'
import { shown, shownRatio } from '../figures.ts'
import type { Row } from './table.ts'

const [WIDTH, LABELS, BARS, STEP, TOP] = [880, 330, 380, 30, 64]

const kindOf = ({ key }: Row): string => {
  if (key === 'bare') return 'limit'
  return key === 'edge' || key === 'redis' || key === 'miss' ? 'karcis' : 'peer'
}

export function chartOf(rows: readonly Row[]): string {
  const longest = Math.max(...rows.map(({ perSecond }) => perSecond))
  const ranked = [...rows].sort((a, b) => b.perSecond - a.perSecond)
  const parts = ranked.map((row, index) => {
    const y = TOP + index * STEP
    const length = Math.max(1, (row.perSecond / longest) * BARS).toFixed(1)
    const end = LABELS + Number(length) + 8
    // What stands in brackets is in the table.
    const label = escaped(row.what.replace(/ \(.*\)$/, ''))
    return [
      `  <text class="label" x="${LABELS - 10}" y="${y + 15}">${label}</text>`,
      `  <rect class="${kindOf(row)}" x="${LABELS}" y="${y}" width="${length}" height="21" rx="2"/>`,
      `  <text x="${end.toFixed(1)}" y="${y + 15}">${shown(row.perSecond)} · ${shownRatio(row.ratio)}</text>`,
    ].join('\n')
  })
  return drawing({
    width: WIDTH,
    height: TOP + ranked.length * STEP + 16,
    title: 'The event list by GET: answers a second on one core, and the ratio to bare node:http',
    head: 'The event list by GET, answers a second',
    note: 'One core each, 64 connections, the same data; × is the ratio to bare node:http with the same bytes. Longer is better.',
    parts,
  })
}
