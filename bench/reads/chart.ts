// The table's first column as bars, readable on light and on dark.
import { shown } from '../figures.ts'
import { type Row, shownRatio } from './table.ts'

const [WIDTH, LABELS, BARS, STEP, TOP] = [880, 330, 380, 30, 64]

const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')

const kindOf = ({ key }: Row): string => {
  if (key === 'bare') return 'limit'
  return key === 'edge' || key === 'redis' || key === 'miss' ? 'karcis' : 'peer'
}

export function chartOf(rows: readonly Row[]): string {
  const longest = Math.max(...rows.map(({ perSecond }) => perSecond))
  const ranked = [...rows].sort((a, b) => b.perSecond - a.perSecond)
  const height = TOP + ranked.length * STEP + 16
  const bars = ranked.map((row, index) => {
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
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-labelledby="title">
  <title id="title">The event list by GET: answers a second on one core, and the ratio to bare node:http</title>
  <style>
    text { font: 13px system-ui, sans-serif; fill: #1f2328 }
    .label { text-anchor: end }
    .head { font-weight: 600; font-size: 15px }
    .note, .limit { fill: #6e7781 }
    .karcis { fill: #0969da }
    .peer { fill: #bf8700 }
    @media (prefers-color-scheme: dark) {
      text { fill: #e6edf3 }
      .note, .limit { fill: #9198a1 }
      .karcis { fill: #4493f8 }
      .peer { fill: #d29922 }
    }
  </style>
  <text class="head" x="10" y="24">The event list by GET, answers a second</text>
  <text class="note" x="10" y="44">One core each, 64 connections, the same data; × is the ratio to bare node:http with the same bytes. Longer is better.</text>
${bars.join('\n')}
</svg>
`
}
