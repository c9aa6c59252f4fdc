// Rounds of each in turn, so that a busy moment of the machine meets all of them.
import type { Pace } from '../crowd.ts'
import { cpuOf, peakMemoryOf, watchOthers } from '../machine.ts'
import { quietRounds, type Watched } from '../quiet.ts'
import { askEach } from './ask-each.ts'
import { browse } from './browse.ts'
import type { Contestant } from './contestants.ts'

export interface Round extends Pace, Watched {
  /** CPU of the server an answer, in microseconds; null where there is no /proc. */
  readonly cpuUs: number | null
}

export interface Measured {
  readonly contestant: Contestant
  readonly rounds: readonly Round[]
  /** MB of all its processes. */
  readonly peakMb: number | null
}

export interface Plan {
  readonly rounds: number
  /** Of one round. */
  readonly seconds: number
  readonly warmUpSeconds: number
  /** So many rounds in all may be done again because others were busy. */
  readonly repeats: number
}

export async function measureAll(
  contestants: readonly Contestant[],
  { rounds, seconds, warmUpSeconds, repeats }: Plan,
  wrk: string | null,
  progress: (line: string) => void,
): Promise<Measured[]> {
  // A miss asks for addresses that no round had before.
  let next = 0
  async function round(contestant: Contestant, length: number): Promise<Round> {
    const { server, address, headers, distinct: count, filled } = contestant
    const from = filled ? 0 : next
    if (filled) await askEach(contestant, 0, count)
    else next += count
    const [before, seenOthers] = [await cpuOf(server.pid), await watchOthers()]
    const pace = await browse(wrk, { port: server.port, address, headers, from, count, seconds: length })
    const [after, others] = [await cpuOf(server.pid), await seenOthers()]
    const cpuUs = before === null || after === null ? null : (after - before) / pace.count
    return { ...pace, cpuUs, others }
  }
  const quiet = quietRounds(repeats)
  const measured = contestants.map((contestant) => ({ contestant, rounds: [] as Round[] }))
  progress(`Warming up, ${warmUpSeconds} s each`)
  for (const contestant of contestants) await round(contestant, warmUpSeconds)
  for (let number = 1; number <= rounds; number += 1) {
    progress(`Round ${number} of ${rounds}, ${contestants.length} servers, ${seconds} s each`)
    for (const one of measured) one.rounds.push(await quiet(() => round(one.contestant, seconds)))
  }
  return Promise.all(
    measured.map(async (one) => ({ ...one, peakMb: await peakMemoryOf(one.contestant.server.pid) })),
  )
}
