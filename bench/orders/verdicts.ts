// The speeds that are promised, and whether they are reached.
import { shownMs, shownRatio, shownShare } from '../figures.ts'
import type { Verdict } from '../verdicts.ts'
import type { Key } from './contestants.ts'
import type { Of } from './groups.ts'
import { type Row, ratioOf } from './table.ts'

// Two rounds of the same differ by as much.
const ALIKE = 0.95

export function verdictsOf(rows: readonly Row[]): Verdict[] {
  const row = (key: Key, buyers: number, of: Of = 'one'): Row => {
    const found = rows.find((one) => one.key === key && one.buyers === buyers && one.of === of)
    if (!found) throw new Error(`${key} was not measured with ${buyers} buyers.`)
    return found
  }
  const verdict = (promise: string, met: boolean, figure: string): Verdict => ({
    promise,
    met,
    figure,
    correctness: false,
  })
  /** At least `least` times as many orders as another, in each of these pairs. */
  function atLeast(promise: string, least: number, pairs: readonly (readonly [Row, Row])[]): Verdict {
    const ratios = pairs.map(([one, other]) => ratioOf(one, other, 'perSecond'))
    return verdict(
      promise,
      ratios.every((ratio) => ratio >= least),
      ratios.map(shownRatio).join(', '),
    )
  }
  const alone = (key: Key) => ratioOf(row(key, 1), row('sql', 1), 'p50')
  const crowds = [64, 256]
  const three = [16, 64, 256].map((buyers) => row('three', buyers).retried)
  return [
    atLeast('(c) at 256 buyers at least 6× (a)', 6, [[row('command', 256), row('sql', 256)]]),
    atLeast('(c) at 256 buyers at least 40× (b)', 40, [[row('command', 256), row('prisma', 256)]]),
    atLeast(
      '(d) at 64 and 256 buyers at least 3× (a)',
      3,
      crowds.map((buyers) => [row('http', buyers), row('sql', buyers)]),
    ),
    verdict('(d) at 64 buyers: p99 at most 60 ms', row('http', 64).p99 <= 60, shownMs(row('http', 64).p99)),
    atLeast(
      '(e) at 64 and 256 buyers no slower than (d), 5 % aside',
      ALIKE,
      crowds.map((buyers) => [row('three', buyers), row('http', buyers)]),
    ),
    verdict(
      '(e) at 16, 64 and 256 buyers: at most 5 % of the transactions retried',
      three.every((share) => share <= 0.05),
      three.map(shownShare).join(', '),
    ),
    ...(['command', 'http', 'three'] as const).map((key, index) =>
      atLeast(
        `(${'cde'[index]}) at 64 and 256 buyers over 50 categories no slower than one, 5 % aside`,
        ALIKE,
        crowds.map((buyers) => [row(key, buyers, 'fifty'), row(key, buyers)]),
      ),
    ),
    ...(['command', 'http'] as const).map((key, index) =>
      verdict(
        `A buyer alone waits at most 4× one raw transaction, (${'cd'[index]})`,
        alone(key) <= 4,
        `${shownRatio(alone(key))}: ${shownMs(row(key, 1).p50)} and ${shownMs(row('sql', 1).p50)}`,
      ),
    ),
  ]
}
