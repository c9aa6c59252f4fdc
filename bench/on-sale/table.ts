import { median, shown, shownMs, shownShare, sorted } from '../figures.ts'
import { markdownTable } from '../report.ts'
import type { Round } from './scenarios.ts'
import type { Times } from './spike.ts'

/** All rounds without the waiting room, and all with it. */
export interface Scenarios {
  readonly off: readonly Round[]
  readonly on: readonly Round[]
}

/** The median, and the range in brackets when there are several. */
function middle(rounds: readonly Round[], value: (round: Round) => number | null, write: Write): string {
  const known = sorted(rounds.flatMap((round) => value(round) ?? []))
  if (known.length === 0) return '–'
  const shownMedian = write(median(known))
  const ends = [known[0] ?? 0, known.at(-1) ?? 0].map(write)
  return ends[0] === ends[1] ? shownMedian : `${shownMedian} (${ends.join('–')})`
}

type Write = (value: number) => string

const count: Write = (value) => shown(value)
const seconds: Write = (value) => `${value.toFixed(1)} s`
const ms: Write = shownMs
const share: Write = shownShare
const megabytes: Write = (value) => shown(value, ' MB')

export function tableOf({ off, on }: Scenarios): string {
  const row = (what: string, value: (round: Round) => number | null, write: Write) => [
    what,
    middle(off, value, write),
    middle(on, value, write),
  ]
  const times = (what: string, of: (round: Round) => Times) => [
    row(`${what}: requests`, (round) => of(round).count, count),
    row('– p50', (round) => (of(round).count > 0 ? of(round).p50 : null), ms),
    row('– p99', (round) => (of(round).count > 0 ? of(round).p99 : null), ms),
  ]
  const rows = [
    row('Sold', ({ buyers }) => buyers.sold, count),
    row('Told that it is sold out', ({ buyers }) => buyers.soldOut, count),
    row('Without an answer', ({ buyers }) => buyers.unanswered, count),
    row('Told to come back, and answered then', ({ buyers }) => buyers.busyThenAnswered, count),
    row('Errors', ({ buyers }) => sumOf(buyers.errors), count),
    row('Sold out after', ({ buyers }) => buyers.soldOutSeconds, seconds),
    row('Last answer after', ({ buyers }) => buyers.seconds, seconds),
    ...times('createOrder', ({ buyers }) => buyers.order),
    ...times('joinWaitingRoom', ({ buyers }) => buyers.join),
    ...times('waitingRoom (a poll)', ({ buyers }) => buyers.poll),
    ...times('Browsing', ({ browsing }) => browsing),
    row('– failed', ({ browsing }) => sumOf(browsing.errors), count),
    row('A buyer, from coming to the last answer: p50', ({ buyers }) => buyers.visit.p50 / 1_000, seconds),
    row('– p99', ({ buyers }) => buyers.visit.p99 / 1_000, seconds),
    row('Peak memory of the server', ({ peakMb }) => peakMb, megabytes),
    row('CPU of the server, of one core', ({ serverShare }) => serverShare, share),
    row('CPU of PostgreSQL', ({ postgresShare }) => postgresShare, share),
    row('CPU of buyers and visitors', ({ loadShare }) => loadShare, share),
  ]
  return markdownTable(['', 'waiting room off', 'waiting room on'], rows)
}

export const sumOf = (counts: Readonly<Record<string, number>>) =>
  Object.values(counts).reduce((sum, one) => sum + one, 0)
