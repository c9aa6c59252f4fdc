// npm run bench:payments [-- --quick]: payments that a webhook settles, beside raw transactions that write the same rows; and
// orders at a steady rate while the worker drains 10,000 jobs. Progress goes to stderr; tables and verdicts to stdout and, but
// for --quick, with a chart into docs/.
import { parseArgs } from 'node:util'
import { shown } from '../figures.ts'
import { runBench } from '../lifecycle.ts'
import { mostOthers } from '../quiet.ts'
import { machineNote, othersNote, writePage } from '../report.ts'
import { buildStand } from '../stand.ts'
import { exitCodeOf, linesOf } from '../verdicts.ts'
import { chartOf } from './chart.ts'
import { measureDraining } from './draining.ts'
import { measureSettling, startContestants } from './settling.ts'
import { drainOf, drainTable, rowsOf, settlingTable } from './table.ts'
import { verdictsOf } from './verdicts.ts'

const { values } = parseArgs({ options: { quick: { type: 'boolean', default: false } } })
const settling = values.quick
  ? { rounds: 1, count: 300, repeats: 0 }
  : { rounds: 3, count: 2_000, repeats: 8 }
const draining = values.quick
  ? { rounds: 1, jobs: 500, perSecond: 100, seconds: 4, repeats: 0 }
  : { rounds: 3, jobs: 10_000, perSecond: 200, seconds: 30, repeats: 4 }

await runBench(30, async ({ progress, closings }) => {
  progress('Starting PostgreSQL, Redis, a seeded season, Karcis and who settles')
  const stand = await buildStand(closings)
  const karcis = await stand.startKarcis('any')
  const contestants = await startContestants(stand, karcis)
  const measured = await measureSettling(stand, contestants, settling, progress)
  const webhook = contestants.find(({ key }) => key === 'webhook')
  if (!webhook) throw new Error('Nobody sends notifications.')
  const drained = await measureDraining(stand, karcis, webhook.settle, draining, closings, progress)
  progress('Done')

  const rows = rowsOf(measured)
  const drain = drainOf(drained)
  const verdicts = verdictsOf(rows, drain)
  const rounds = measured.flatMap((one) => one.rounds)
  const waits = drained.flatMap(({ without, during }) => [without, during])
  const notes = [
    `${machineNote()}: server, worker, PostgreSQL, Redis, the provider and the buyers share its cores. Nothing is pinned.`,
    `Settling: ${settling.rounds} rounds of ${shown(settling.count)} new orders each in turn, two tickets an order, all of one event; the median, and the range in brackets. (a) calls one SQL function a settlement on 10 connections, which signs no ticket; (b) is the signed notification over a kept connection until the answer 200, with 10 connections to PostgreSQL. Both write the same rows.`,
    'After each round every payment was settled, every order paid, with two tickets, the notification kept once and a job on its way.',
    `Draining: the jobs that so many settlements left, mails to a server that takes them all, while ${shown(draining.perSecond)} orders a second come whether or not those before were answered. "Without" is ${draining.seconds} s of the same orders beside the idle worker. In brackets how many orders.`,
    ...othersNote(mostOthers([...rounds, ...waits])),
  ]
  const report = `${settlingTable(rows)}\n\n${drainTable(drained)}\n\n${notes.join('\n')}\n\n${linesOf(verdicts)}\n`
  console.log(`\n${report}`)
  if (!values.quick) {
    const title = 'Payments and jobs, as `npm run bench:payments` measured them'
    await writePage('payments', { title, report, chart: chartOf(rows, drain) })
  }
  return exitCodeOf(verdicts)
})
