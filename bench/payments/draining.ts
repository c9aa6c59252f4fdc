// The worker drains what settlements left, while orders come at a steady rate; and the same rate beside an idle worker.
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { nodeFile, type Server, startWorker } from '../children.ts'
import { percentile } from '../figures.ts'
import { watchOthers } from '../machine.ts'
import { documentIdOf } from '../operations.ts'
import { mostOthers, quietRounds, type Watched } from '../quiet.ts'
import { addSale, type Item } from '../sales.ts'
import { learnSizes, type Stand } from '../stand.ts'
import { startMailSink } from './mail-sink.ts'
import { settleNew } from './settling.ts'
import type { Seen, Steady } from './steady.ts'
import type { Settled, Settling } from './work.ts'

export interface Times extends Watched {
  readonly count: number
  readonly p50: number
  readonly p99: number
}

export interface Drained {
  readonly jobs: number
  /** Of messages a second, at most. */
  readonly pace: number
  /** Of these, in that time. */
  readonly done: number
  readonly seconds: number
  readonly mails: number
  readonly without: Times
  readonly during: Times
}

export interface DrainPlan {
  readonly rounds: number
  readonly jobs: number
  /** MESSAGES_PER_SECOND of the worker. */
  readonly pace: number
  /** Orders. */
  readonly perSecond: number
  /** Of orders without a drain, before it and after it. */
  readonly seconds: number
  readonly repeats: number
  /** After so many seconds a drain is cut short. */
  readonly longest: number
}

const SLICE_SECONDS = 2
// A pace above this is more than a slow machine can do.
const SLOW_MACHINE = 25

/** In so many seconds a drain at this pace is over, and one that nothing holds back on a slow machine as well. */
export const longestDrain = ({ jobs, pace }: Pick<DrainPlan, 'jobs' | 'pace'>): number =>
  Math.ceil((jobs / Math.min(pace, SLOW_MACHINE)) * 1.2) + 10

export async function measureDraining(
  stand: Stand,
  karcis: Server,
  settle: (work: Settling) => Promise<Settled>,
  plan: DrainPlan,
  closings: (() => Promise<unknown>)[],
  progress: (line: string) => void,
): Promise<Drained[]> {
  const { database } = stand
  // What the contests of settling left is not what is drained here.
  await database.query('UPDATE outbox SET closed_at = now() WHERE closed_at IS NULL')
  const sink = await startMailSink()
  closings.push(() => sink.close())
  await stand.startJobs({ SMTP_URL: sink.url, MESSAGES_PER_SECOND: String(plan.pace) })
  const buyers = await startWorker<Steady, Seen>(nodeFile('payments/steady.ts'), {
    logFile: join(stand.folder, 'steady.log'),
  })
  const [item] = await addSale(stand, { events: 1, categories: 1, quota: 10_000_000, waitingRoomRate: null })
  if (!item) throw new Error('Nothing is on sale.')
  const slice = (seconds: number) => sliceOf(buyers, karcis, item, plan.perSecond, seconds)

  progress(`Draining: warming up with ${plan.perSecond} orders a second`)
  await slice(plan.seconds / 2)
  const quiet = quietRounds(plan.repeats)
  const drained: Drained[] = []
  for (let number = 1; number <= plan.rounds; number += 1) {
    progress(`Draining: round ${number} of ${plan.rounds}, ${plan.jobs} orders are paid for`)
    await hold(stand, () => settleNew(stand, settle, 64, plan.jobs))
    await learnSizes(stand)
    const beforeIt = await quiet(() => watched(() => slice(plan.seconds)))
    progress(`Draining: round ${number}, now the worker may begin`)
    const before = sink.mails()
    const drainedNow = await drain(stand, slice, plan.longest)
    const mails = sink.mails() - before
    // Minutes have passed, and the machine may not be what it was.
    const afterIt = await quiet(() => watched(() => slice(plan.seconds)))
    const without = {
      ...timesOf([...beforeIt.times, ...afterIt.times]),
      others: mostOthers([beforeIt, afterIt]),
    }
    drained.push({ ...drainedNow, pace: plan.pace, mails, without })
    progress(`Draining: round ${number}, ${drainedNow.done} of ${drainedNow.jobs} jobs are done`)
  }
  return drained
}

/** What is written meanwhile is not due before tomorrow, so that all of it can be let go together. */
async function hold({ database }: Stand, fill: () => Promise<unknown>): Promise<void> {
  await database.query(`
    CREATE OR REPLACE FUNCTION bench_hold() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN NEW.due_at := NEW.due_at + interval '1 day'; RETURN NEW; END $$;
    CREATE TRIGGER bench_hold BEFORE INSERT ON outbox FOR EACH ROW EXECUTE FUNCTION bench_hold()`)
  try {
    await fill()
  } finally {
    await database.query('DROP TRIGGER bench_hold ON outbox')
  }
}

async function drain({ database }: Stand, slice: (seconds: number) => Promise<number[]>, longest: number) {
  const open = async (): Promise<number> => {
    const { rows } = await database.query<{ open: number }>(
      `SELECT count(*)::int AS open FROM outbox
       WHERE kind = 'send-tickets' AND closed_at IS NULL AND dead_at IS NULL`,
    )
    return rows[0]?.open ?? 0
  }
  const jobs = await open()
  const seenOthers = await watchOthers()
  const began = performance.now()
  const passed = () => (performance.now() - began) / 1_000
  await database.query('UPDATE outbox SET due_at = now() WHERE closed_at IS NULL')
  let end: { left: number; seconds: number } | null = null
  const ended = (async () => {
    for (;;) {
      const left = await open()
      const seconds = passed()
      if (left === 0 || seconds > longest) {
        end = { left, seconds }
        return end
      }
      await new Promise((resolve) => setTimeout(resolve, 200))
    }
  })()
  // It is awaited below. A bench that is stopped meanwhile ends in order.
  ended.catch(() => undefined)
  const times: number[] = []
  // The last slice is half beside an idle worker: it counts only when there is no other.
  while (end === null) {
    const more = await slice(SLICE_SECONDS)
    if (end === null || times.length === 0) times.push(...more)
  }
  const { left, seconds } = await ended
  const others = await seenOthers()
  const dead = await database.query('SELECT 1 FROM outbox WHERE dead_at IS NOT NULL')
  if (dead.rowCount) throw new Error(`${dead.rowCount} jobs died.`)
  // What was cut off is nobody's any more.
  if (left > 0) await database.query('UPDATE outbox SET closed_at = now() WHERE closed_at IS NULL')
  return { jobs, done: jobs - left, seconds, during: { ...timesOf(times), others } }
}

async function sliceOf(
  buyers: { ask(work: Steady): Promise<Seen> },
  { port }: Server,
  item: Item,
  perSecond: number,
  seconds: number,
): Promise<number[]> {
  const { times, firstError } = await buyers.ask({
    port,
    item,
    perSecond,
    seconds,
    documentId: documentIdOf('CreateOrder'),
    prefix: randomBytes(3).toString('hex'),
  })
  if (firstError) throw new Error(`An order failed: ${firstError}`)
  return times
}

async function watched(slice: () => Promise<number[]>): Promise<Watched & { readonly times: number[] }> {
  const seenOthers = await watchOthers()
  const times = await slice()
  return { times, others: await seenOthers() }
}

function timesOf(times: readonly number[]): Omit<Times, 'others'> {
  const at = percentile(times)
  return { count: times.length, p50: at(0.5), p99: at(0.99) }
}
