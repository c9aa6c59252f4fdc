// On how many connections raw transactions are quickest. On one hot row more of them only meet and run again.
import { median } from '../figures.ts'
import { addSale } from '../sales.ts'
import { learnSizes, type Stand } from '../stand.ts'
import { type Of, offers } from './groups.ts'
import type { Asked, Seen } from './work.ts'

export type BestConnections = Readonly<Record<Of, number>>

const CANDIDATES = [1, 2, 4, 8]
const BUYERS = 64

// The machine may be half as fast a moment later, and what is chosen here all else is measured by.
const TRIES = 5

/** Tries each number in turn, `seconds` each time, after as long to warm up, and takes the one with the best median. */
export async function bestConnections(
  stand: Stand,
  seconds: number,
  run: (asked: Asked, connections: number) => Promise<Seen>,
): Promise<BestConnections> {
  const pace = async (of: Of, connections: number): Promise<number> => {
    const items = await addSale(stand, offers[of])
    return (await run({ buyers: BUYERS, seconds, items }, connections)).perSecond
  }
  async function best(of: Of): Promise<number> {
    const tried = CANDIDATES.map((connections) => ({ connections, paces: [] as number[] }))
    for (let time = 0; time < TRIES; time += 1) {
      for (const { connections, paces } of time % 2 === 0 ? tried : tried.toReversed())
        paces.push(await pace(of, connections))
    }
    const [first] = tried.toSorted((one, other) => median(other.paces) - median(one.paces))
    return first?.connections ?? 1
  }
  for (const connections of CANDIDATES) await pace('one', connections)
  await learnSizes(stand)
  return {
    one: await best('one'),
    fifty: await best('fifty'),
    four: await best('four'),
    events: await best('events'),
  }
}
