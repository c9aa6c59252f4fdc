// npm run bench:payments [-- --quick] [--part settle|drain|outage] [--pace MESSAGES_PER_SECOND]: payments that a webhook settles, beside raw transactions
// that write the same rows; orders at a steady rate while the worker drains 10,000 jobs; and a provider that hangs. Progress
// goes to stderr; tables and verdicts to stdout and, but for --quick and a part alone, with a chart into docs/.
import { parseArgs } from 'node:util'
import { Environment } from '../../src/config/environment.ts'
import { runBench } from '../lifecycle.ts'
import { mostOthers } from '../quiet.ts'
import { machineNote, othersNote, writePage } from '../report.ts'
import { buildStand } from '../stand.ts'
import { exitCodeOf, linesOf } from '../verdicts.ts'
import { chartOf } from './chart.ts'
import { longestDrain } from './draining.ts'
import * as parts from './parts.ts'

const { values } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, part: { type: 'string' }, pace: { type: 'string' } },
})
const NAMES = ['settle', 'drain', 'outage']
if (values.part !== undefined && !NAMES.includes(values.part)) {
  console.error(`There is no part ${values.part}: choose one of ${NAMES.join(', ')}.`)
  process.exit(2)
}
// Without one, what whoever installs this gets.
const pace = Environment.shape.MESSAGES_PER_SECOND.safeParse(values.pace)
if (!pace.success) {
  console.error(`--pace ${pace.error.issues[0]?.message}.`)
  process.exit(2)
}
const isWanted = (name: string) => values.part === undefined || values.part === name

const rates = { checkIns: 20, payments: 20, repeats: 10, orders: 20, reads: 50 }
const drain = { jobs: values.quick ? 300 : 10_000, pace: pace.data }
const longest = longestDrain(drain)
const plan = values.quick
  ? {
      settle: { rounds: 1, count: 300, repeats: 0 },
      drain: { ...drain, rounds: 1, perSecond: 100, seconds: 4, repeats: 0, longest },
      outage: { rates, warmUpSeconds: 3, wellSeconds: 5, hangingSeconds: 8, afterSeconds: 16 },
    }
  : {
      settle: { rounds: 3, count: 2_000, repeats: 4 },
      drain: {
        ...{ ...drain, rounds: 1, perSecond: 200, seconds: 30, repeats: 1 },
        longest: values.part === 'drain' ? Math.max(1_800, longest) : longest,
      },
      outage: { rates, warmUpSeconds: 10, wellSeconds: 20, hangingSeconds: 25, afterSeconds: 30 },
    }

// Beside the drain it takes seven minutes, of which a busy machine may make more.
await runBench(15 + plan.drain.longest / 60, async (bench) => {
  bench.progress('Starting PostgreSQL, Redis and a seeded season')
  const stand = await buildStand(bench.closings)
  const settled = isWanted('settle') ? await parts.settle(stand, plan.settle, bench) : null
  const drained = isWanted('drain') ? await parts.drain(stand, plan.drain, bench) : null
  const outage = isWanted('outage') ? await parts.outage(stand, plan.outage, bench) : null
  bench.progress('Done')

  const said = [settled, drained, outage].flatMap((part) => part?.said ?? [])
  const notes = [
    `${machineNote()}: server, worker, PostgreSQL, Redis, the provider and the buyers share its cores. Nothing is pinned.`,
    ...said.flatMap((one) => one.notes),
    ...othersNote(mostOthers(said.flatMap((one) => one.watched))),
  ]
  const verdicts = said.flatMap((one) => one.verdicts)
  const tables = said.map(({ table }) => table).join('\n\n')
  const report = `${tables}\n\n${notes.join('\n\n')}\n\n${linesOf(verdicts)}\n`
  console.log(`\n${report}`)
  if (!values.quick && settled && drained && outage) {
    const title = 'Payments and jobs, as `npm run bench:payments` measured them'
    await writePage('payments', {
      title,
      report,
      chart: chartOf(settled.rows, drained.figures, outage.figures),
    })
  }
  return exitCodeOf(verdicts)
})
