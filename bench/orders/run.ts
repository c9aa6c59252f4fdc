// npm run bench:orders [-- --quick]: orders by one raw transaction each, by Prisma as one writes it at first, and by Karcis.
// Progress goes to stderr; the table and the verdicts to stdout and, but for --quick, with a chart into docs/.
import { parseArgs } from 'node:util'
import { shown, shownShare } from '../figures.ts'
import { runBench } from '../lifecycle.ts'
import { mostOthers } from '../quiet.ts'
import { machineNote, othersNote, writePage } from '../report.ts'
import { buildStand } from '../stand.ts'
import { exitCodeOf, linesOf } from '../verdicts.ts'
import { chartOf } from './chart.ts'
import { startContestants } from './contestants.ts'
import { learnedFrom } from './learned.ts'
import { measureAll } from './measure.ts'
import { compareRows } from './same-rows.ts'
import { rowsOf, tableOf } from './table.ts'
import { verdictsOf } from './verdicts.ts'

const { values } = parseArgs({ options: { quick: { type: 'boolean', default: false } } })
const plan = values.quick
  ? { rounds: 1, seconds: 0.8, runUpSeconds: 0.2, warmUpSeconds: 1.5, calibrateSeconds: 0.3, repeats: 0 }
  : { rounds: 5, seconds: 2.2, runUpSeconds: 0.8, warmUpSeconds: 24, calibrateSeconds: 0.7, repeats: 12 }

await runBench(22, async ({ progress, closings }) => {
  progress('Starting PostgreSQL, Redis, a seeded season and who places orders')
  const stand = await buildStand(closings)
  const { contestants, connections } = await startContestants(stand, plan)
  await compareRows(stand, contestants)
  const measured = await measureAll(stand, contestants, plan, progress)
  progress('Done')

  const rows = rowsOf(measured)
  const verdicts = verdictsOf(rows)
  const rounds = measured.flatMap((one) => one.rounds)
  const load = Math.max(...rounds.map(({ loadShare }) => loadShare ?? 0))
  const failed = rounds.find(({ firstError }) => firstError)
  const notes = [
    `${machineNote()}: server, PostgreSQL, Redis and buyers share its cores. Nothing is pinned.`,
    `${plan.rounds} rounds of ${plan.seconds} s each in turn after a warm-up, as long for each process, and ${plan.runUpSeconds} s of running up before each: the median, and the range in brackets. A ratio is the median of the ratios of each round.`,
    'Each order is another person with an e-mail, a network and a key of their own; whoever has an answer buys again at once. All write the same rows, which is checked.',
    `(a) calls one SQL function an order, on as many connections as served it best: ${connections.one} for one category, ${connections.fifty} for 50 categories, ${connections.four} for four events, ${connections.events} for 50. (b) and (c) have 10 connections, (d) 10, (e) 30. (e) has no proxy in front: the buyers’ connections are dealt out in turn.`,
    'All programs of Node have the flags of our image.',
    `Karcis runs as in production, rate limits and all, with its job process beside it. The buyers of (d) and (e) are one process that used at most ${shownShare(load)} of a core.`,
    `After each of ${shown(rounds.length)} contests the books were right: quota − remaining = units in live orders, one order a person, none missing of ${shown(rounds.reduce((sum, { count }) => sum + count, 0))} answered.`,
    ...(failed ? [`The first error: ${failed.firstError?.slice(0, 200).replaceAll('\n', ' ')}`] : []),
    ...othersNote(mostOthers(rounds)),
  ]
  const report = `${tableOf(rows)}\n\n${notes.join('\n')}\n\n${linesOf(verdicts)}\n`
  console.log(`\n${report}`)
  if (!values.quick) {
    const title = 'Orders, as `npm run bench:orders` measured them'
    await writePage('orders', { title, report, learned: learnedFrom(rows), chart: chartOf(rows) })
  }
  return exitCodeOf(verdicts)
})
