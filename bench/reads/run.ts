// npm run bench:reads [-- --quick]: the event list from every kind of cache, ours and others'. Progress goes to stderr; the
// table and the verdicts to stdout and, but for --quick, with a chart into docs/.
import { parseArgs } from 'node:util'
import { outputOf } from '../../scripts/services/processes.ts'
import { runBench } from '../lifecycle.ts'
import { moveToCore, onCore } from '../machine.ts'
import { mostOthers } from '../quiet.ts'
import { machineNote, othersNote, writePage } from '../report.ts'
import { buildStand } from '../stand.ts'
import { exitCodeOf, linesOf } from '../verdicts.ts'
import { askEach } from './ask-each.ts'
import { measureBounded } from './bounded.ts'
import { chartOf } from './chart.ts'
import { type Contestant, type Key, startContestants } from './contestants.ts'
import { measureAll } from './measure.ts'
import { installPackages } from './packages.ts'
import { programFor } from './programs.ts'
import { measureSingleFlight } from './single-flight.ts'
import { statementsEach } from './statements.ts'
import { rowsOf, tableOf } from './table.ts'
import { verdictsOf } from './verdicts.ts'

const { values } = parseArgs({ options: { quick: { type: 'boolean', default: false } } })
// The latency of a full core is as much the machine's as the server's: it takes many rounds to tell them apart.
const plan = values.quick
  ? { rounds: 1, seconds: 2, warmUpSeconds: 2, repeats: 2, addresses: 10_000 }
  : { rounds: 7, seconds: 4, warmUpSeconds: 8, repeats: 25, addresses: 100_000 }

await runBench(12, async ({ progress, closings }) => {
  await installPackages(progress)
  const wrk = await programFor('wrk', progress)
  const machine = machineNote()
  // The databases and this process share the clients' core: the other one is the server's alone.
  const pinned = (await onCore('clients')).length > 0
  await moveToCore('clients')
  progress('Starting PostgreSQL, Redis, a seeded season and the servers')
  const stand = await buildStand(closings)
  const contestants = await startContestants(stand, progress)
  await compareAnswers(contestants)

  progress('Counting SQL statements')
  const statements = new Map<Key, number>()
  for (const contestant of contestants) {
    statements.set(contestant.key, await statementsEach(stand, contestant))
  }
  const measured = await measureAll(contestants, plan, wrk, progress)
  const rows = rowsOf(measured, statements)
  progress('Many at once for one address, and many addresses for a small cache')
  const edge = contestants.find(({ key }) => key === 'edge')
  if (!edge) throw new Error('Karcis was not started.')
  const flight = await measureSingleFlight(stand, edge)
  const bounded = await measureBounded(stand, plan.addresses, progress)
  progress('Done')

  const verdicts = verdictsOf(rows, flight, bounded)
  const notes = [
    `${machine}; ${await toolsOf(contestants, wrk)}.`,
    `64 connections, ${plan.rounds} rounds of ${plan.seconds} s each in turn after a warm-up: the median, and the range in brackets.`,
    'All Node servers are started with the flags of our image, which keep garbage collection from crowding one core.',
    pinned
      ? 'The server has one core; clients, PostgreSQL and Redis share the other. CPU and memory are those of the server’s processes alone.'
      : 'Nothing was pinned to a core here, so the server and its clients took turns.',
    ...othersNote(mostOthers(measured.flatMap(({ rounds }) => rounds))),
  ]
  const report = `${tableOf(rows)}\n\n${notes.join('\n')}\n\n${linesOf(verdicts)}\n`
  console.log(`\n${report}`)
  if (!values.quick) {
    const title = 'Reads, as `npm run bench:reads` measured them'
    await writePage('reads', { title, report, chart: chartOf(rows) })
  }
  return exitCodeOf(verdicts)
})

/** Throws unless every server gives the same events. Cursors are each server's own. */
async function compareAnswers(contestants: readonly Contestant[]): Promise<void> {
  const answers = await Promise.all(contestants.map(eventsOf))
  for (const [index, { what }] of contestants.entries()) {
    if (answers[index] !== answers[0])
      throw new Error(`${what}: other events than the rest.\n${answers[index]}`)
  }
}

async function eventsOf(contestant: Contestant): Promise<string> {
  const answer: { data?: { events?: { edges?: { node: unknown }[] } } } = JSON.parse(
    (await askEach(contestant, 0, 1)).toString(),
  )
  return JSON.stringify(answer.data?.events?.edges?.map(({ node }) => node))
}

/** Which versions of what npm did not install. */
async function toolsOf(contestants: readonly Contestant[], wrk: string | null): Promise<string> {
  const said: string[] = []
  const tools = { varnish: ['varnishd', '-V'], nginx: ['nginx', '-v'] } as const
  for (const [key, [program, flag]] of Object.entries(tools)) {
    if (!contestants.some((contestant) => contestant.key === key)) continue
    const file = await programFor(program, () => undefined)
    // Both write their version to stderr.
    const version = await outputOf('sh', '-c', `"${file}" ${flag} 2>&1`)
    said.push(`${key} ${/(?:varnish-|nginx\/)([\d.]+)/.exec(version ?? '')?.[1] ?? ''}`)
  }
  said.push(wrk ? 'load by wrk' : 'load by a client in Node, which limits the quickest: install wrk')
  return said.join(', ')
}
