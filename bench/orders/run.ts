// npm run bench: orders, one table from one run, in about a minute and a half. Progress goes to stderr, the table to stdout.
import { shown } from '../figures.ts'
import { runBench } from '../lifecycle.ts'
import { machineName, othersShare } from '../machine.ts'
import { buildStand } from '../stand.ts'
import { measureOrders } from './orders.ts'
import { tableOf } from './table.ts'

await runBench(6, async ({ progress, closings }) => {
  const busy = await othersShare(1_000)
  progress('Starting PostgreSQL, Redis and a seeded season')
  const stand = await buildStand(closings)
  const { contests, sold, categories } = await measureOrders(stand, progress)
  progress('Done')
  const notes = [
    `Measured with Node ${process.versions.node} on ${machineName()}, everything on this machine.`,
    'Three rounds of each in turn: the median, and the range in brackets. Karcis runs as in production, jobs on.',
    ...(busy > 0.1
      ? [`Others used ${Math.round(busy * 100)} % of the cores at the start: measure again.`]
      : []),
    `Sold = quota − remaining = orders answered in each of ${categories} sales: ${shown(sold)} tickets.`,
    'Reads: npm run bench:reads',
  ]
  console.log(`\n${tableOf(contests)}\n\n${notes.join('\n')}`)
  return 0
})
