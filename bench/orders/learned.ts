// What the figures of a run say, in sentences.
import { shown, shownMs, shownRatio, shownShare } from '../figures.ts'
import type { Key } from './contestants.ts'
import type { Of } from './groups.ts'
import { type Row, ratioOf } from './table.ts'

export function learnedFrom(rows: readonly Row[]): string {
  const row = (key: Key, buyers: number, of: Of = 'one') =>
    rows.find((one) => one.key === key && one.buyers === buyers && one.of === of)
  const [sql, prisma, command] = [row('sql', 256), row('prisma', 64), row('command', 256)]
  const [http, three, events] = [row('http', 256), row('three', 256), row('command', 256, 'events')]
  const [alone, first, four] = [row('command', 1), row('sql', 1), row('command', 256, 'four')]
  if (!sql || !prisma || !command || !http || !three || !four || !events || !alone || !first) return ''
  const us = (value: number | null) => shown(value, ' µs')
  return [
    `- Fewer commits are what makes a hot row quick: with 256 buyers (c) places ${command.batch.toFixed(0)} orders in a transaction, and PostgreSQL works ${us(command.postgresUs)} for each of them, where (a) costs it ${us(sql.postgresUs)}. Nothing waits for a batch to fill: a buyer alone has the order after ${shownMs(alone.p50)}, beside ${shownMs(first.p50)} for one raw transaction.`,
    `- Trying again is the dear way to wait: with 64 buyers ${shownShare(prisma.retried)} of the transactions of (b) failed and were run again, and one order in a hundred took longer than ${shownMs(prisma.p99)}.`,
    `- What HTTP, GraphQL and limits cost is the difference between (d) and (c): the process works ${us(http.serverUs)} an order and ${us(command.serverUs)}, at 256 buyers.`,
    `- Three processes are ${shownRatio(ratioOf(three, http, 'perSecond'))} as quick as one on these cores, with 256 buyers, and run ${shownShare(three.retried)} of their transactions again: each has a lane of its own, and the lanes meet on the row. They are there for what one process cannot survive.`,
    `- Events that are hot at once sell side by side: (c) places ${shown(four.perSecond)} orders a second for four of them, beside ${shown(command.perSecond)} for one, and runs ${shownShare(four.retried)} of the transactions again. Keys that are claimed, not looked for, have no part in conflicts.`,
    `- Lanes are by event, so 50 events have small batches: ${events.batch.toFixed(1)} orders in a transaction, and ${shown(events.perSecond)} orders a second, ${shownRatio(events.ratio)} of (a).`,
  ].join('\n')
}
