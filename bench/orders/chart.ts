// The table's first column as bars, a group of bars for each kind of crowd.
import { drawing, escaped } from '../drawing.ts'
import { shown, shownRatio } from '../figures.ts'
import type { Key } from './contestants.ts'
import { grouped, type Row } from './table.ts'

const [WIDTH, LABELS, BARS, STEP, GAP, TOP] = [880, 330, 380, 24, 34, 64]

const kinds: Readonly<Record<Key, string>> = {
  sql: 'limit',
  prisma: 'peer',
  command: 'karcis',
  http: 'karcis',
  three: 'karcis',
}

export function chartOf(rows: readonly Row[]): string {
  const longest = Math.max(...rows.map(({ perSecond }) => perSecond))
  let y = TOP
  const parts = grouped(rows).flatMap(([name, rows]) => {
    const title = `  <text class="group" x="10" y="${y + 15}">${escaped(name)}</text>`
    y += STEP
    const bars = rows.map((row) => {
      const length = Math.max(1, (row.perSecond / longest) * BARS)
      const bar = [
        `  <text class="label" x="${LABELS - 10}" y="${y + 14}">${escaped(row.what)}</text>`,
        `  <rect class="${kinds[row.key]}" x="${LABELS}" y="${y}" width="${length.toFixed(1)}" height="18" rx="2"/>`,
        `  <text x="${(LABELS + length + 8).toFixed(1)}" y="${y + 14}">${shown(row.perSecond)} · ${shownRatio(row.ratio)}</text>`,
      ]
      y += STEP
      return bar.join('\n')
    })
    y += GAP - STEP
    return [title, ...bars]
  })
  return drawing({
    width: WIDTH,
    height: y + 10,
    title: 'Orders a second by how they are placed, and the ratio to one raw SQL transaction an order',
    head: 'Orders a second',
    note: '× is the ratio to (a), one raw SQL transaction an order, of as many buyers for the same. Longer is better.',
    parts,
  })
}
