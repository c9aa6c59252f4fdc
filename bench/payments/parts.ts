// The three parts of this bench: each measures, and says what came of it.
import { type Server, stopChildren } from '../children.ts'
import { shown } from '../figures.ts'
import type { Bench } from '../lifecycle.ts'
import type { Watched } from '../quiet.ts'
import type { Stand } from '../stand.ts'
import type { Verdict } from '../verdicts.ts'
import { type DrainPlan, measureDraining } from './draining.ts'
import { measureOutage, type OutagePlan } from './outage.ts'
import { outageNotes, outageTable, outageVerdicts } from './outage-table.ts'
import { measureSettling, startContestants, startNotifier } from './settling.ts'
import { drainOf, drainTable, rowsOf, settlingTable } from './table.ts'
import { drainVerdict, settlingVerdict } from './verdicts.ts'

interface Said {
  readonly table: string
  readonly notes: readonly string[]
  readonly verdicts: readonly Verdict[]
  readonly watched: readonly Watched[]
}

export async function settle(
  stand: Stand,
  plan: { readonly rounds: number; readonly count: number; readonly repeats: number },
  { progress }: Bench,
) {
  const karcis = await stand.startKarcis('any')
  const measured = await measureSettling(stand, await startContestants(stand, karcis), plan, progress)
  await stopChildren()
  const rows = rowsOf(measured)
  const notes = [
    `Settling: ${plan.rounds} rounds of ${shown(plan.count)} new orders each in turn, two tickets an order, all of one event; the median, and the range in brackets. (a) calls one SQL function a settlement on 10 connections, which signs no ticket; (b) is the signed notification over a kept connection until the answer 200, with 10 connections to PostgreSQL. Both write the same rows.`,
    'After each round every payment was settled, every order paid, with two tickets, the notification kept once and a job on its way.',
  ]
  const watched = measured.flatMap((one) => one.rounds)
  return { rows, said: { table: settlingTable(rows), notes, verdicts: [settlingVerdict(rows)], watched } }
}

export async function drain(stand: Stand, plan: DrainPlan, { progress, closings }: Bench) {
  // None of the orders beside it ends meanwhile: mails about those would be drained, too.
  const karcis: Server = await stand.startKarcis('any', { ORDER_TTL_SECONDS: '3600' })
  const { settle } = await startNotifier(stand, karcis)
  const drained = await measureDraining(stand, karcis, settle, plan, closings, progress)
  await stopChildren()
  const figures = drainOf(drained)
  const notes = [
    `Draining: the jobs that ${shown(plan.jobs)} settlements left, due all at once, at most ${shown(plan.pace)} a second (MESSAGES_PER_SECOND), mails to a server that takes them all, while ${shown(plan.perSecond)} orders a second come whether or not those before were answered. "Without" is ${plan.seconds} s of the same orders before and as long after it, beside the idle worker. In brackets how many orders.`,
    ...(drained.some(({ done, jobs }) => done < jobs)
      ? [
          `A drain is cut short after ${plan.longest} s; \`npm run bench:payments -- --part drain\` goes to its end.`,
        ]
      : []),
  ]
  const watched = drained.flatMap(({ without, during }) => [without, during])
  const said: Said = { table: drainTable(drained), notes, verdicts: [drainVerdict(figures)], watched }
  return { figures, said }
}

export async function outage(stand: Stand, plan: OutagePlan, { progress, closings }: Bench) {
  const figures = await measureOutage(stand, plan, closings, progress)
  await stopChildren()
  const { rates, wellSeconds, hangingSeconds } = plan
  const notes = [
    `Outage: Midtrans as the tests have it, in a process of its own, answers after 5 ms for ${wellSeconds} s, takes every call and answers none for ${hangingSeconds} s (after the first 2.5 s it does the work, and nobody hears of it), and answers again. Meanwhile come, whether or not those before were answered, each second: ${rates.checkIns} scans of new tickets at 8 gates, ${rates.orders} orders, ${rates.reads} reads, ${rates.payments} new charges, each for another order, and ${rates.repeats} repetitions each of charges that were made before. "It hangs" lasts until the first new charge went through. Whoever is told to come back does so then, with the same key.`,
    ...outageNotes(figures),
  ]
  const said: Said = {
    table: outageTable(figures),
    notes,
    verdicts: outageVerdicts(figures),
    watched: [figures],
  }
  return { figures, said }
}
