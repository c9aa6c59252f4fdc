// What the figures of a run say, in sentences.
import { median, shown, shownMs } from '../figures.ts'
import type { Plan, Round } from './scenarios.ts'
import type { Scenarios } from './table.ts'

export function learnedFrom({ off, on }: Scenarios, { tickets }: Plan): string {
  const middle = (rounds: readonly Round[], value: (round: Round) => number) => median(rounds.map(value))
  const soldOut = middle(off, ({ buyers }) => buyers.soldOutSeconds ?? 0)
  const orders = middle(on, ({ buyers }) => buyers.order.count)
  return [
    `- Without the room ${shown(tickets)} tickets are gone after ${soldOut.toFixed(1)} s, and whoever comes later is told so without a transaction. A place in the order of arrival at the server is luck, which is why the room exists: not for speed.`,
    `- With the room on, ${shown(orders)} createOrder calls reach the server: the others learn from their polls that nothing is left. The p99 of an order is ${shownMs(middle(off, ({ buyers }) => buyers.order.p99))} without the room and ${shownMs(middle(on, ({ buyers }) => buyers.order.p99))} with it.`,
    '- Memory is a matter of two flags. Left to itself Node 24 let the heap grow to 300 MB, of which 90 were in use, and the process to 470 MB. With `--max-semi-space-size=4` the young generation stays at 8 MB instead of 128, and `--max-old-space-size=384` makes V8 collect the old one before it is three times as large as what lives, without coming near the bound. A semi-space of 8 took 10 MB more, and a quarter less of the time for collecting, which is 2 % of the CPU. `MALLOC_ARENA_MAX=2` saved another 10 to 30 MB. The image sets the last one. The flags are left to whoever lacks memory, because what is read from the database takes twice the CPU with them.',
    '- Node’s own backlog of 511 connections was too short: while the process was busy for half a second, the connections of about a hundred buyers were reset. It is 4,096 now.',
  ].join('\n')
}
