// Rounds of each in turn, so that a busy moment of the machine meets all of them. What is compared stands side by side, and
// every second round goes backwards: the machine may be half as fast a minute later.
import { cpuOf, watchOthers } from '../machine.ts'
import { quietRounds, type Watched } from '../quiet.ts'
import { addSale, verifySale } from '../sales.ts'
import { learnSizes, type Stand } from '../stand.ts'
import type { Contestant, Ran } from './contestants.ts'
import { type Group, groups, type Of, offers } from './groups.ts'

export interface Round extends Ran, Watched {
  /** That the orders were placed in. */
  readonly transactions: number
  /** CPU an order, in microseconds; null where there is no /proc. */
  readonly serverUs: number | null
  readonly postgresUs: number | null
  /** Of one core; null where the buyers are in the process that serves. */
  readonly loadShare: number | null
}

export interface Measured {
  readonly group: Group
  readonly contestant: Contestant
  readonly rounds: readonly Round[]
}

export interface Plan {
  readonly rounds: number
  /** Of one round, as long as it is measured. */
  readonly seconds: number
  /** Before that, on a sale of its own: who has waited for a minute while the others were measured starts slowly. */
  readonly runUpSeconds: number
  /** Of one process: three share what one does alone. Until then V8 still makes code faster that it has seen often enough. */
  readonly warmUpSeconds: number
  /** So many rounds in all may be done again because others were busy. */
  readonly repeats: number
}

export async function measureAll(
  stand: Stand,
  contestants: readonly Contestant[],
  { rounds, seconds, runUpSeconds, warmUpSeconds, repeats }: Plan,
  progress: (line: string) => void,
): Promise<Measured[]> {
  progress(`Warming up, ${warmUpSeconds} s each process`)
  for (const contestant of contestants)
    await roundOf(stand, contestant, { buyers: 64, of: 'one' }, warmUpSeconds * contestant.pids.length)
  await learnSizes(stand)
  const measured = groups.flatMap((group) =>
    contestants
      .filter(({ key }) => group.who.includes(key))
      .map((contestant) => ({ group, contestant, rounds: [] as Round[] })),
  )
  const crowds = [...new Set(groups.map(({ buyers }) => buyers))]
  const inTurn = crowds.flatMap((crowd) =>
    contestants.flatMap((who) =>
      measured.filter(({ group, contestant }) => group.buyers === crowd && contestant === who),
    ),
  )
  const quiet = quietRounds(repeats)
  for (let number = 1; number <= rounds; number += 1) {
    progress(`Round ${number} of ${rounds}: ${measured.length} contests, ${seconds} s each`)
    for (const one of number % 2 === 1 ? inTurn : inTurn.toReversed()) {
      one.rounds.push(
        await quiet(async () => {
          await roundOf(stand, one.contestant, one.group, runUpSeconds)
          return roundOf(stand, one.contestant, one.group, seconds)
        }),
      )
    }
  }
  return measured
}

/** One contest, and its books. */
async function roundOf(
  stand: Stand,
  contestant: Contestant,
  { buyers, of }: { buyers: number; of: Of },
  seconds: number,
): Promise<Round> {
  const items = await addSale(stand, offers[of])
  const used = async () =>
    Promise.all([sumOf(await Promise.all(contestant.pids.map(cpuOf))), cpuOf(stand.postgresPid)])
  const [before, seenOthers, began] = [await used(), await watchOthers(), performance.now()]
  const ran = await contestant.run({ buyers, seconds, items }, of)
  const elapsedUs = (performance.now() - began) * 1_000
  const [after, others] = [await used(), await seenOthers()]
  const each = (index: 0 | 1) => {
    const [from, to] = [before[index], after[index]]
    return from === null || to === null || ran.count === 0 ? null : (to - from) / ran.count
  }
  const { transactions } = await verifySale(stand, items, { answered: ran.count, failed: ran.errors })
  return {
    ...ran,
    others,
    transactions,
    serverUs: each(0),
    postgresUs: each(1),
    loadShare: contestant.apart ? ran.cpuUs / elapsedUs : null,
  }
}

const sumOf = (values: readonly (number | null)[]): number | null =>
  values.reduce<number | null>((sum, value) => (sum === null || value === null ? null : sum + value), 0)
