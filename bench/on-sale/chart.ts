// How many had come, had an answer, and had a ticket, over time: one panel without the waiting room, one with it.
import { drawing, escaped } from '../drawing.ts'
import { shown } from '../figures.ts'
import type { Round } from './scenarios.ts'
import { CURVE_SECONDS } from './spike.ts'
import type { Scenarios } from './table.ts'

const [WIDTH, PLOT, HEIGHT, LEFT, TOP, GAP] = [880, 340, 220, 70, 110, 80]

const names = { arrived: 'have come', answered: 'have their answer', sold: 'have a ticket' } as const

/** The first round of each. */
export function chartOf({ off, on }: Scenarios): string {
  const panels = [
    ['Waiting room off', off[0]],
    ['Waiting room on', on[0]],
  ] as const
  const parts = panels.flatMap(([name, round], index) =>
    round ? panel(name, round, LEFT + index * (PLOT + GAP)) : [],
  )
  const legend = Object.entries(names).map(([kind, text], index) => {
    const x = LEFT + index * 200
    return `  <path class="line ${kind}" d="M${x} 66h24"/><text x="${x + 32}" y="70">${text}</text>`
  })
  return drawing({
    width: WIDTH,
    height: TOP + HEIGHT + 40,
    title: 'How many buyers had come, had their answer and had a ticket, over the seconds of an on-sale',
    head: 'A sale that everybody comes to at once',
    note: 'Buyers over seconds, while others browse.',
    parts: [...legend, ...parts],
  })
}

function panel(name: string, { buyers }: Round, left: number): string[] {
  const { curves, seconds } = buyers
  const most = Math.max(1, ...curves.arrived)
  const bottom = TOP + HEIGHT
  const at = (second: number, count: number) =>
    `${(left + (second / seconds) * PLOT).toFixed(1)} ${(bottom - (count / most) * HEIGHT).toFixed(1)}`
  const lines = Object.keys(names).map((kind) => {
    const points = curves[kind as keyof typeof names].map((count, step) =>
      at(Math.min(seconds, step * CURVE_SECONDS), count),
    )
    return `  <path class="line ${kind}" d="M${points.join('L')}"/>`
  })
  const every = seconds > 40 ? 10 : seconds > 15 ? 5 : 2
  const ticks = Array.from({ length: Math.floor(seconds / every) + 1 }, (_, index) => index * every)
  return [
    `  <text class="group" x="${left}" y="${TOP - 12}">${escaped(name)}</text>`,
    `  <path class="axis" d="M${left} ${TOP}V${bottom}H${left + PLOT}"/>`,
    ...[0, most].map(
      (count) =>
        `  <text class="note label" x="${left - 8}" y="${at(0, count).split(' ')[1]}">${shown(count)}</text>`,
    ),
    ...ticks.map(
      (tick) =>
        `  <text class="note" text-anchor="middle" x="${at(tick, 0).split(' ')[0]}" y="${bottom + 18}">${tick} s</text>`,
    ),
    ...lines,
  ]
}
