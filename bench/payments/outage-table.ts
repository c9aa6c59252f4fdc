import { shown, shownMs, shownRatio, shownShare } from '../figures.ts'
import { markdownTable } from '../report.ts'
import type { Verdict } from '../verdicts.ts'
import { type Outage, PAYING, type Phase, type Times } from './outage.ts'

const PHASES: readonly Phase[] = ['well', 'hanging', 'again']
// "Keeps its speed": of a p99 of a few milliseconds half as much again is noise.
const MAX_RATIO = 1.5
const FLOOR_MS = 20
const AT_ONCE_SHARE = 0.99

/** Who need nothing of the provider. */
export const othersOf = ({ crowds }: Outage) => crowds.filter(({ name }) => name !== PAYING)

export function outageTable(outage: Outage): string {
  const cell = ({ count, p50, p99 }: Times) =>
    count === 0 ? '–' : `${shownMs(p50)}, ${shownMs(p99)} (${shown(count)})`
  const said = (phases: Readonly<Record<Phase, Times>>) => {
    const sums = new Map<string, number>()
    for (const phase of PHASES) {
      for (const [outcome, count] of Object.entries(phases[phase].outcomes)) {
        if (outcome !== 'ok') sums.set(outcome, (sums.get(outcome) ?? 0) + count)
      }
    }
    return [...sums].map(([outcome, count]) => `${shown(count)} ${outcome}`).join(', ') || '–'
  }
  return markdownTable(
    ['p50, p99 (calls)', 'it is well', 'it hangs', 'it is well again', 'p99: ratio', 'not served at first'],
    outage.crowds.map(({ name, phases }) => [
      name,
      ...PHASES.map((phase) => cell(phases[phase])),
      name === PAYING ? '–' : shownRatio(phases.hanging.p99 / phases.well.p99),
      said(phases),
    ]),
  )
}

const seconds = (value: number | null) => (value === null ? 'never' : `${value.toFixed(1)} s`)

export const outageNotes = (outage: Outage): string[] => [
  `Outage: the breaker opened ${seconds(outage.openedSeconds)} after the provider began to hang; ${shown(outage.calls)} calls had reached it until it answered again. From the opening on ${shownShare(outage.toldAtOnce)} of those who wanted to pay were told when to come back within 100 ms; the breaker’s trials are among the others. ${seconds(outage.workedSeconds)} after the provider’s return a new payment went through, and ${seconds(outage.servedSeconds)} after it all ${shown(outage.sentAway)} who had been sent away had paid, under the keys that they had begun with.`,
  ...(outage.firstError ? [`The first error: ${outage.firstError.replaceAll('\n', ' ')}`] : []),
]

export function outageVerdicts(outage: Outage): Verdict[] {
  const others = othersOf(outage).map(({ name, phases: { well, hanging } }) => ({
    name,
    quick: hanging.p99 <= Math.max(FLOOR_MS, MAX_RATIO * well.p99),
    refused: hanging.count - (hanging.outcomes['ok'] ?? 0),
    figure: `${shownMs(hanging.p99)} and ${shownMs(well.p99)}`,
  }))
  const { openedSeconds, workedSeconds, toldAtOnce, unserved, wrongCharges } = outage
  return [
    {
      promise: `While the provider hangs the p99 of all that needs it not is at most ${MAX_RATIO} times as long, or ${FLOOR_MS} ms`,
      met: others.every(({ quick }) => quick),
      figure: others.map(({ figure }) => figure).join('; '),
      correctness: false,
    },
    {
      promise: 'And none of it is refused',
      met: others.every(({ refused }) => refused === 0),
      figure: shown(others.reduce((sum, { refused }) => sum + refused, 0)),
      correctness: true,
    },
    {
      promise: 'The breaker opens and closes by itself',
      met: openedSeconds !== null && workedSeconds !== null,
      figure: `after ${seconds(openedSeconds)}; paid again after ${seconds(workedSeconds)}`,
      correctness: true,
    },
    {
      promise: `While it is open ${shownShare(AT_ONCE_SHARE)} of the payments are answered within 100 ms`,
      met: toldAtOnce >= AT_ONCE_SHARE,
      figure: `${(toldAtOnce * 100).toFixed(1)} %`,
      correctness: false,
    },
    {
      promise: 'In the end each buyer has one charge, here and at the provider',
      met: unserved === 0 && wrongCharges === 0,
      figure: `${shown(unserved)} unserved, ${shown(wrongCharges)} wrong`,
      correctness: true,
    },
  ]
}
