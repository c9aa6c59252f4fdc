// What is promised of an on-sale. Each holds in the worst of all rounds.
import { shown, shownMs } from '../figures.ts'
import type { Verdict } from '../verdicts.ts'
import type { Plan, Round } from './scenarios.ts'
import { type Scenarios, sumOf } from './table.ts'

const BROWSE_MS = 50
const MEMORY_MB = 300

export function verdictsOf({ off, on }: Scenarios, { buyers, tickets }: Plan): Verdict[] {
  return [['waiting room off', off] as const, ['waiting room on', on] as const].flatMap(([name, rounds]) => {
    const worst = (value: (round: Round) => number) => Math.max(...rounds.map(value))
    const wrong = [...new Set(rounds.flatMap((round) => round.wrong))]
    const sold = rounds.map((round) => round.orders)
    const unanswered = worst((round) => round.buyers.unanswered)
    const broken = worst(({ browsing }) => sumOf(browsing.errors))
    const p99 = worst(({ browsing }) => browsing.p99)
    const peak = worst(({ peakMb }) => peakMb ?? 0)
    const verdict = (promise: string, met: boolean, figure: string, correctness: boolean): Verdict => ({
      promise: `${promise}, ${name}`,
      met,
      figure,
      correctness,
    })
    return [
      verdict(
        `Exactly ${shown(tickets)} are sold`,
        sold.every((count) => count === tickets),
        [...new Set(sold)].map((count) => shown(count)).join(', '),
        true,
      ),
      verdict(
        `Each of ${shown(buyers)} buyers is answered`,
        unanswered === 0,
        `${shown(unanswered)} not`,
        true,
      ),
      verdict('The books are right', wrong.length === 0, wrong.join('; ') || 'all invariants hold', true),
      verdict(
        `Browsing: p99 under ${BROWSE_MS} ms, none fails`,
        p99 < BROWSE_MS && broken === 0,
        `${shownMs(p99)}, ${shown(broken)} failed`,
        false,
      ),
      verdict(
        `The server stays under ${MEMORY_MB} MB`,
        peak > 0 && peak < MEMORY_MB,
        shown(peak, ' MB'),
        false,
      ),
    ]
  })
}
