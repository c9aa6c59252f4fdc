// What is promised of payments and jobs, and whether it is reached.
import { shown, shownMs, shownRatio } from '../figures.ts'
import type { Verdict } from '../verdicts.ts'
import type { Drain, Row } from './table.ts'

const SETTLED_A_SECOND = 300
// "Without the p99 rising by more than a fifth."
const MAX_RATIO = 1.2

export function settlingVerdict(rows: readonly Row[]): Verdict {
  const crowds = rows.filter(({ key, atOnce }) => key === 'webhook' && atOnce >= 16)
  return {
    promise: `Webhook, end to end, two tickets each: at least ${SETTLED_A_SECOND} a second with 16 and 64 at once`,
    met: crowds.every(({ perSecond }) => perSecond >= SETTLED_A_SECOND),
    figure: crowds.map(({ perSecond }) => shown(perSecond)).join(', '),
    correctness: false,
  }
}

export const drainVerdict = ({ ratio, during, without, pace }: Drain): Verdict => ({
  promise: `Draining, ${shown(pace)} messages a second, raises the p99 of orders by a fifth at most`,
  met: ratio <= MAX_RATIO,
  figure: `${shownRatio(ratio)}: ${shownMs(during.p99)} and ${shownMs(without.p99)}`,
  correctness: false,
})
