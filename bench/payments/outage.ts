// The provider hangs for a while, under a steady load of everything else.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { nodeFile, type Server, startWorker } from '../children.ts'
import { percentile } from '../figures.ts'
import { watchOthers } from '../machine.ts'
import { documentIdOf } from '../operations.ts'
import type { Watched } from '../quiet.ts'
import { learnSizes, type Stand } from '../stand.ts'
import { startMailSink } from './mail-sink.ts'
import type { Asked, Crowd, CrowdSeen, Mixed, MixedSeen } from './mixed.ts'
import type { Said, Told } from './provider.ts'
import { startNotifier } from './settling.ts'
import { orderCalls, paymentCalls, type Rates, type Stage, setStage, underNewKeys } from './stage.ts'

export interface OutagePlan {
  readonly rates: Rates
  readonly warmUpSeconds: number
  readonly wellSeconds: number
  readonly hangingSeconds: number
  readonly afterSeconds: number
}

export type Phase = 'well' | 'hanging' | 'again'

export interface Times {
  readonly count: number
  readonly p50: number
  readonly p99: number
  /** How many had which outcome. */
  readonly outcomes: Readonly<Record<string, number>>
}

export interface Outage extends Watched {
  readonly crowds: readonly { readonly name: string; readonly phases: Readonly<Record<Phase, Times>> }[]
  /** Seconds from the beginning until the breaker opened; null: it did not. */
  readonly openedSeconds: number | null
  /** Of those who wanted to pay from then until the end, the share that was told so within 100 ms. */
  readonly toldAtOnce: number
  /** That reached the provider while it hung. */
  readonly calls: number
  /** Seconds from its end until a new payment went through; null: none did. */
  readonly workedSeconds: number | null
  /** Seconds until all who had been sent away had paid. */
  readonly servedSeconds: number | null
  readonly sentAway: number
  readonly unserved: number
  /** Buyers with another number of charges than one, here or at the provider. */
  readonly wrongCharges: number
  readonly firstError: string | null
}

export const PAYING = 'payOrder, a new charge'
const AT_ONCE_MS = 100
// As quick as a provider that is near.
const WELL = { answerAfterMs: 5 }
// It did the work, and nobody is told: the charge is there when the buyer asks again.
const WORKS_UNHEARD = { answerAfterMs: 3_600_000 }
const PATIENCE_SECONDS = 20
// Who came so shortly before it hung was under way when it did.
const UNDER_WAY_MS = 250

export async function measureOutage(
  stand: Stand,
  plan: OutagePlan,
  closings: (() => Promise<unknown>)[],
  progress: (line: string) => void,
): Promise<Outage> {
  const serverKey = stand.environment['MIDTRANS_SERVER_KEY'] ?? ''
  const worker = <Work extends object, Done>(name: string) =>
    startWorker<Work, Done>(nodeFile(`payments/${name}.ts`), { logFile: join(stand.folder, `${name}.log`) })
  const provider = await worker<Told, Said>('provider')
  const become = (fault: Told['fault']) => provider.ask({ serverKey, fault })
  const { url } = await become(WELL)
  const karcis = await stand.startKarcis('any', { MIDTRANS_URL: url })
  const visitors = await worker<Mixed, MixedSeen>('visitors')

  const { rates, wellSeconds, hangingSeconds, afterSeconds, warmUpSeconds } = plan
  const seconds = wellSeconds + hangingSeconds + afterSeconds
  progress('Outage: orders are placed and tickets paid for')
  const notifier = await startNotifier(stand, karcis)
  const stage = await setStage(stand, karcis, notifier.settle, {
    unpaid: rates.payments * (warmUpSeconds + seconds),
    scans: rates.checkIns * (warmUpSeconds + seconds),
  })
  // What this left is not what is measured.
  await stand.database.query('UPDATE outbox SET closed_at = now() WHERE closed_at IS NULL')
  const sink = await startMailSink()
  closings.push(() => sink.close())
  await stand.startJobs({ SMTP_URL: sink.url, MIDTRANS_URL: url })
  await learnSizes(stand)
  const load = (from: number, seconds: number, patienceSeconds: number) =>
    visitors.ask({
      port: karcis.port,
      seconds,
      patienceSeconds,
      crowds: crowdsOf(stage, rates, from, seconds),
    })

  progress('Outage: warming up')
  await load(0, warmUpSeconds, 0)
  await learnSizes(stand)
  progress(`Outage: the provider answers for ${wellSeconds} s`)
  const seenOthers = await watchOthers()
  const done = load(warmUpSeconds, seconds, PATIENCE_SECONDS)
  // It is awaited below. A bench that is stopped meanwhile ends in order.
  done.catch(() => undefined)
  await sleep(wellSeconds * 1_000)
  progress(`Outage: it hangs for ${hangingSeconds} s`)
  const hung = await become('hang')
  await sleep(Math.min(2.5, hangingSeconds / 2) * 1_000)
  await become(WORKS_UNHEARD)
  await sleep(hung.at + hangingSeconds * 1_000 - Date.now())
  progress(`Outage: it answers again, for ${afterSeconds} s`)
  const back = await become(WELL)
  const seen = await done
  const others = await seenOthers()
  const said = await become(WELL)
  const opened = await openedAt(stand, karcis, hung.at)
  return {
    ...figuresOf(seen, { hung: hung.at, opened, back: back.at }),
    calls: back.calls - hung.calls,
    wrongCharges: await countWrong(stand, stage, said, rates.payments * (warmUpSeconds + seconds)),
    firstError: seen.firstError,
    others,
  }
}

/** Nobody does twice what the warm-up did. */
function crowdsOf(stage: Stage, rates: Rates, from: number, seconds: number): Crowd[] {
  const part = <T>(all: readonly T[], rate: number) => all.slice(rate * from, rate * (from + seconds))
  const crowd = (name: string, operation: string, perSecond: number, right: string) => ({
    ...{ name, perSecond, right, documentId: documentIdOf(operation) },
    ...{ isRead: false, comesBack: false },
  })
  const pays = '"PENDING"'
  return [
    {
      ...crowd('checkIn', 'CheckIn', rates.checkIns, '"direction"'),
      calls: part(stage.scans, rates.checkIns),
    },
    {
      ...crowd('createOrder', 'CreateOrder', rates.orders, '"number"'),
      calls: orderCalls(stage.item, rates.orders * seconds),
    },
    {
      ...crowd('a read: availability', 'EventAvailability', rates.reads, '"ticketCategories"'),
      isRead: true,
      calls: [{ variables: { eventId: stage.item.eventId } }],
    },
    {
      ...crowd('payOrder, answered before: the same key', 'PayOrder', rates.repeats, pays),
      calls: stage.charged,
    },
    {
      ...crowd('payOrder, charged before: a new key', 'PayOrder', rates.repeats, pays),
      calls: underNewKeys(stage.charged, rates.repeats * seconds),
    },
    {
      ...crowd(PAYING, 'PayOrder', rates.payments, pays),
      calls: paymentCalls(part(stage.unpaid, rates.payments)),
      comesBack: true,
    },
  ]
}

/** Its log says when. */
async function openedAt(stand: Stand, { port }: Server, since: number): Promise<number | null> {
  const log = await readFile(join(stand.folder, `karcis-${port}.log`), 'utf8')
  const moments = [...log.matchAll(/"time":"([^"]+)"[^\n]*"state":"open"/g)].map(([, at = '']) =>
    Date.parse(at),
  )
  return moments.find((at) => at >= since) ?? null
}

function figuresOf(
  { beganAt, crowds }: MixedSeen,
  at: { readonly hung: number; readonly opened: number | null; readonly back: number },
) {
  const since = (moment: number) => moment - beganAt
  const hung = since(at.hung) - UNDER_WAY_MS
  const end = ({ due, ms }: Asked) => due + ms
  const paying = crowds.find(({ name }) => name === PAYING)
  const payers = [...(paying?.asked ?? []), ...(paying?.again ?? [])]
  const paidAfter = payers.filter((one) => one.outcome === 'ok' && end(one) > since(at.back)).map(end)
  const worked = paidAfter.length > 0 ? Math.min(...paidAfter) : null
  const told = payers.filter(
    ({ due }) => at.opened !== null && due > since(at.opened) && due < since(at.back),
  )
  const atOnce = told.filter(({ outcome, ms }) => outcome === 'PAYMENT_UNAVAILABLE' && ms < AT_ONCE_MS)
  const phase = (asked: readonly Asked[], from: number, until: number) =>
    timesOf(asked.filter(({ due }) => due >= from && due < until))
  const servedAgain = (paying?.again ?? []).filter(({ outcome }) => outcome === 'ok').map(end)
  return {
    crowds: crowds.map(({ name, asked }: CrowdSeen) => ({
      name,
      phases: {
        well: phase(asked, 0, hung),
        hanging: phase(asked, hung, worked ?? Infinity),
        again: phase(asked, worked ?? Infinity, Infinity),
      },
    })),
    openedSeconds: at.opened === null ? null : (at.opened - at.hung) / 1_000,
    toldAtOnce: told.length > 0 ? atOnce.length / told.length : 0,
    workedSeconds: worked === null ? null : (worked - since(at.back)) / 1_000,
    servedSeconds: servedAgain.length > 0 ? (Math.max(...servedAgain) - since(at.back)) / 1_000 : null,
    sentAway: paying?.asked.filter(({ outcome }) => outcome !== 'ok').length ?? 0,
    unserved: paying?.unserved ?? 0,
  }
}

function timesOf(asked: readonly Asked[]): Times {
  const at = percentile(asked.map(({ ms }) => ms))
  const outcomes: Record<string, number> = {}
  for (const { outcome } of asked) outcomes[outcome] = (outcomes[outcome] ?? 0) + 1
  return { count: asked.length, p50: at(0.5), p99: at(0.99), outcomes }
}

/** Of the buyers who came, those whose order has not one payment, with one transaction that the provider has as well. */
async function countWrong(
  { database }: Stand,
  { unpaid }: Stage,
  { charges }: Said,
  came: number,
): Promise<number> {
  const { rows } = await database.query<{ payments: string[]; transactions: string[] }>(
    `SELECT array_agg(id::text) AS payments, array_agg(transaction_id) AS transactions
     FROM payment WHERE order_id = ANY ($1::uuid[]) GROUP BY order_id`,
    [unpaid.map(({ id }) => id)],
  )
  const right = rows.filter(
    ({ payments: [id = '', ...more], transactions }) => more.length === 0 && charges[id] === transactions[0],
  )
  const all = await database.query<{ id: string }>("SELECT id::text FROM payment WHERE gateway = 'midtrans'")
  const ours = new Set(all.rows.map(({ id }) => id))
  const strays = Object.keys(charges).filter((id) => !ours.has(id))
  return came - right.length + strays.length
}
