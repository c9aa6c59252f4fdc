// npm run bench:floods [-- --quick] [--flood NAME]: one network does as much as it can of one thing, while other buyers
// order, pay and wait for their tickets. Progress goes to stderr; the table and verdicts to stdout and, but for --quick and
// one flood alone, into docs/.
import { parseArgs } from 'node:util'
import { runBench } from '../lifecycle.ts'
import { mostOthers } from '../quiet.ts'
import { machineNote, othersNote, writePage } from '../report.ts'
import { buildStand } from '../stand.ts'
import { exitCodeOf, linesOf } from '../verdicts.ts'
import { learned } from './learned.ts'
import { type Measured, measureFlood, type Plan } from './measure.ts'
import { setStage } from './stage.ts'
import { floodTable, floodVerdicts, WHAT } from './table.ts'
import type { FloodName } from './work.ts'

const { values } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, flood: { type: 'string' } },
})
const NAMES = Object.keys(WHAT) as FloodName[]
const floods = NAMES.filter((name) => values.flood === undefined || values.flood === name)
if (floods.length === 0) {
  console.error(`There is no flood ${values.flood}: choose one of ${NAMES.join(', ')}.`)
  process.exit(2)
}
const plan: Plan = values.quick
  ? { rounds: 1, seconds: 4, atOnce: 16, floods }
  : { rounds: 2, seconds: 6, atOnce: 16, floods }

await runBench(25, async (bench) => {
  bench.progress('Starting PostgreSQL, Redis, a seeded season, the server and the worker')
  const stand = await buildStand(bench.closings)
  const stage = await setStage(stand, bench)
  bench.progress('Warming up')
  await measureFlood(stand, stage, 'probes', { ...plan, rounds: 1, seconds: 3, atOnce: 1 })
  const measured: Measured[] = []
  for (const name of floods) {
    bench.progress(`Flood: ${WHAT[name]}`)
    measured.push(await measureFlood(stand, stage, name, plan))
  }
  bench.progress('Done')
  const notes = [
    `${machineNote()}: server, worker, PostgreSQL, Redis, the provider, the attacker and the buyers share its cores.`,
    `${plan.rounds} rounds of ${plan.seconds} s in quiet and ${plan.seconds} s with the flood, in turn; a new buyer every 400 ms, each from a network of their own. The attacker has ${plan.atOnce} connections from one network and sends the next request with the answer. The provider takes 50 calls a second. Medians in milliseconds, of the ticket mail from the provider's notification on; what the flood left is of one round. Each round begins with no open job and an empty Redis.`,
    ...othersNote(mostOthers(measured)),
    ...measured.flatMap(({ name, firstError }) =>
      firstError ? [`${name}, the first error: ${firstError}`] : [],
    ),
  ]
  const verdicts = floodVerdicts(measured)
  const report = `${floodTable(measured)}\n\n${notes.join('\n\n')}\n\n${linesOf(verdicts)}\n`
  console.log(`\n${report}`)
  if (!values.quick && values.flood === undefined) {
    const title = 'Floods from one network, as `npm run bench:floods` measured them'
    await writePage('floods', { title, report, learned })
  }
  return exitCodeOf(verdicts)
})
