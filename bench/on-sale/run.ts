// npm run bench:on-sale [-- --quick]: everybody comes at once for what is not enough, while others browse; with the waiting
// room off and on. Progress goes to stderr; the table and the verdicts to stdout and, but for --quick, with a chart into docs/.
import { parseArgs } from 'node:util'
import { RECORD_TRANSITIONS } from '../../test/setup/transitions.ts'
import { shown } from '../figures.ts'
import { runBench } from '../lifecycle.ts'
import { mostOthers } from '../quiet.ts'
import { machineNote, othersNote, writePage } from '../report.ts'
import { buildStand } from '../stand.ts'
import { exitCodeOf, linesOf } from '../verdicts.ts'
import { chartOf } from './chart.ts'
import { learnedFrom } from './learned.ts'
import { type Plan, type Round, roundOf, startClients } from './scenarios.ts'
import { tableOf } from './table.ts'
import { verdictsOf } from './verdicts.ts'

const { values } = parseArgs({ options: { quick: { type: 'boolean', default: false } } })
const whole: Plan = {
  buyers: 10_000,
  tickets: 1_000,
  withinSeconds: 10,
  perSecond: 1_000,
  waitingRoomRate: 6_000,
  patienceSeconds: 90,
  rounds: 3,
}
// As many a second, for a shorter time.
const plan: Plan = values.quick
  ? { ...whole, buyers: 3_000, tickets: 300, withinSeconds: 3, patienceSeconds: 60, rounds: 1 }
  : whole

await runBench(8, async ({ progress, closings }) => {
  progress('Starting PostgreSQL, Redis and a seeded season')
  const stand = await buildStand(closings)
  // The oracle asks what became of what.
  await stand.database.query(RECORD_TRANSITIONS)
  await stand.startJobs()
  const clients = await startClients(stand)
  const scenarios = { off: [] as Round[], on: [] as Round[] }
  for (let seed = 1; seed <= plan.rounds; seed += 1) {
    for (const name of ['off', 'on'] as const) {
      progress(`Round ${seed} of ${plan.rounds}: ${shown(plan.buyers)} buyers, waiting room ${name}`)
      scenarios[name].push(await roundOf(stand, clients, plan, { room: name === 'on', seed: seed + 1 }))
    }
  }
  progress('Done')

  const verdicts = verdictsOf(scenarios, plan)
  const rounds = [...scenarios.off, ...scenarios.on]
  const errors = rounds.flatMap(({ buyers, browsing }) => [
    ...Object.entries(buyers.errors),
    ...Object.entries(browsing.errors).map(([kind, count]) => [`browsing: ${kind}`, count] as const),
  ])
  const notes = [
    `${machineNote()}: one server process, the job process, PostgreSQL, Redis and all clients share its cores.`,
    `${shown(plan.buyers)} buyers come within ${plan.withinSeconds} s, at random moments that are the same in each run, for ${shown(plan.tickets)} tickets of one category. Each is a person with an e-mail, a network and a connection of its own, which the server ends with the answer while it has 1,000 others; nobody waits for somebody else before coming. Whoever is told to come back does so after Retry-After with the same key.`,
    `With the waiting room on, ${shown(plan.waitingRoomRate)} a minute are let in; the others ask again when they are told to.`,
    `Beside them others look at the list, the event and what is left of it, ${shown(plan.perSecond)} times a second, over 64 connections as a proxy keeps them. Their times count from when they wanted to ask.`,
    `${plan.rounds} rounds of each in turn, each with a server that was warmed up and is then thrown away: the median, and the range in brackets. The verdicts are those of the worst round.`,
    ...(errors.length > 0
      ? [`Errors: ${errors.map(([kind, count]) => `${kind} ${shown(count)}`).join(', ')}.`]
      : []),
    ...othersNote(mostOthers(rounds)),
  ]
  const report = `${tableOf(scenarios)}\n\n${notes.join('\n')}\n\n${linesOf(verdicts)}\n`
  console.log(`\n${report}`)
  if (!values.quick) {
    const title = 'An on-sale, as `npm run bench:on-sale` measured it'
    const learned = learnedFrom(scenarios, plan)
    await writePage('on-sale', { title, report, learned, chart: chartOf(scenarios) })
  }
  return exitCodeOf(verdicts)
})
