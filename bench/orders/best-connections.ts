// On how many connections raw transactions are quickest. On one hot row more of them only meet and run again.
import { addSale } from '../sales.ts'
import { learnSizes, type Stand } from '../stand.ts'
import { type Of, offers } from './groups.ts'
import type { Asked, Seen } from './work.ts'

export type BestConnections = Readonly<Record<Of, number>>

const CANDIDATES = [1, 2, 4, 8]
const BUYERS = 64

/** Tries each number for `seconds`, after as long to warm up. */
export async function bestConnections(
  stand: Stand,
  seconds: number,
  run: (asked: Asked, connections: number) => Promise<Seen>,
): Promise<BestConnections> {
  async function best(of: Of): Promise<number> {
    let [most, found] = [0, 1]
    for (const connections of CANDIDATES) {
      const items = await addSale(stand, offers[of])
      const { perSecond } = await run({ buyers: BUYERS, seconds, items }, connections)
      if (perSecond > most) [most, found] = [perSecond, connections]
    }
    return found
  }
  await run({ buyers: BUYERS, seconds, items: await addSale(stand, offers.one) }, 1)
  await learnSizes(stand)
  return { one: await best('one'), fifty: await best('fifty'), events: await best('events') }
}
