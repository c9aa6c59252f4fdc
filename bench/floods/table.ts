// The table of the floods, and what is promised.
import { shown, shownMs, shownRatio } from '../figures.ts'
import { markdownTable } from '../report.ts'
import type { Verdict } from '../verdicts.ts'
import type { Measured, Waits } from './measure.ts'
import type { FloodName } from './work.ts'

export const WHAT: Readonly<Record<FloodName, string>> = {
  holds: '1. holds placed and released',
  reads: '1. public reads, each of another address',
  charges: '2. orders, each charged',
  documents: '3. tickets as PDF',
  probes: '4. readiness',
  'unpaid-mails': '5. orders, charged and cancelled',
  'free-orders': '5. orders that cost nothing',
  'one-event': '6. holds and orders of one small event',
  guesses: '7. passwords of one account, from a /48',
}

const STEPS = ['order', 'payment', 'mail'] as const
const MAX_RATIO = 2
// Twice a few milliseconds is what the flood's client takes of the two cores.
const FLOOR_MS = 40

const ratio = (quiet: number | null, flooded: number | null) =>
  quiet === null || flooded === null ? null : flooded / quiet

const cell = (quiet: Waits, flooded: Waits, step: (typeof STEPS)[number]) => {
  const times = ratio(quiet[step], flooded[step])
  return `${shownMs(quiet[step])} → ${shownMs(flooded[step])}${times === null ? '' : ` (${shownRatio(times)})`}`
}

const answersOf = (answers: Measured['answers']) =>
  Object.entries(answers)
    .sort(([, a], [, b]) => b - a)
    .map(([outcome, count]) => `${shown(count)} ${outcome}`)
    .join(', ')

const left = ({ name, redisBytes, redisKeys, mails, refusedCalls, othersCanBuy, ownerSignsIn }: Measured) =>
  [
    `Redis ${redisBytes < 0 ? '−' : '+'}${shown(Math.abs(redisBytes) / 1_024)} KB, ${redisKeys < 0 ? '−' : '+'}${shown(Math.abs(redisKeys))} keys`,
    `${shown(mails)} mails`,
    ...(refusedCalls > 0 ? [`${shown(refusedCalls)} calls over the provider’s limit`] : []),
    ...(name === 'one-event' ? [`others ${othersCanBuy ? 'can still buy' : 'find nothing left'}`] : []),
    ...(name === 'guesses' ? [`its owner ${ownerSignsIn ? 'signs in' : 'is locked out'}`] : []),
  ].join('; ')

export const floodTable = (measured: readonly Measured[]) =>
  markdownTable(
    ['flood', 'order', 'payment', 'ticket mail', 'buyers in vain', 'the flood was answered', 'and left'],
    measured.map((one) => [
      WHAT[one.name],
      ...STEPS.map((step) => cell(one.quiet, one.flooded, step)),
      `${shown(one.quiet.failed)} of ${shown(one.quiet.buyers)} → ${shown(one.flooded.failed)} of ${shown(one.flooded.buyers)}`,
      answersOf(one.answers),
      left(one),
    ]),
  )

export function floodVerdicts(measured: readonly Measured[]): Verdict[] {
  const slow = measured.flatMap(({ name, quiet, flooded }) =>
    STEPS.flatMap((step) => {
      const [before, during] = [quiet[step], flooded[step]]
      const isKept =
        before !== null && during !== null && (during <= FLOOR_MS || during <= MAX_RATIO * before)
      return isKept ? [] : [`${name}: ${step}`]
    }),
  )
  const inVain = measured.filter(({ flooded }) => flooded.failed > 0).map(({ name }) => name)
  const one = (name: FloodName) => measured.find((flood) => flood.name === name)
  const isLeft = one('one-event')?.othersCanBuy ?? true
  const signsIn = one('guesses')?.ownerSignsIn ?? true
  return [
    {
      promise: `Another buyer's medians are at most ${MAX_RATIO} times those of the quiet time, or ${FLOOR_MS} ms`,
      met: slow.length === 0,
      figure: slow.join(', ') || 'all',
      correctness: false,
    },
    {
      promise: 'No other buyer is refused',
      met: inVain.length === 0,
      figure: inVain.join(', ') || 'none',
      correctness: true,
    },
    {
      promise: 'One network cannot take a whole event',
      met: isLeft,
      figure: isLeft ? 'others can still buy' : 'nothing left',
      correctness: true,
    },
    {
      promise: 'Guesses do not lock the owner of an account out',
      met: signsIn,
      figure: signsIn ? 'signs in' : 'locked out',
      correctness: true,
    },
  ]
}
