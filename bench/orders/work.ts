// What each worker of this bench is told and gives back.
import { randomBytes } from 'node:crypto'
import { crowd, type Pace } from '../crowd.ts'
import type { Item } from '../sales.ts'

export interface Asked {
  readonly buyers: number
  readonly seconds: number
  readonly items: readonly Item[]
}

export interface Seen extends Pace {
  /** Orders that were not placed. */
  readonly errors: number
  readonly firstError: string | null
  /** CPU of the worker meanwhile, in microseconds. */
  readonly cpuUs: number
}

export interface Purchase {
  /** Which of the buyers at once, from 0. */
  readonly seat: number
  readonly item: Item
  /** Twelve hexadecimal digits, different for each order. Each is a person of its own. */
  readonly person: string
}

export const emailOf = (person: string) => `${person}@bench.test`

/** As many buyers at once as asked, each of whom buys again as another person once it has its answer. */
export async function buyers(
  { buyers, seconds, items }: Asked,
  place: (purchase: Purchase) => Promise<void>,
): Promise<Seen> {
  const prefix = randomBytes(3).toString('hex')
  let number = 0
  let errors = 0
  let firstError: string | null = null
  const before = process.cpuUsage()
  const pace = await crowd(buyers, seconds, async (seat) => {
    number += 1
    const item = items[number % items.length]
    if (!item) throw new Error('Nothing is on sale.')
    try {
      await place({ seat, item, person: prefix + number.toString(16).padStart(6, '0') })
      return true
    } catch (error) {
      errors += 1
      firstError ??= String(error)
      return false
    }
  })
  const { user, system } = process.cpuUsage(before)
  return { ...pace, errors, firstError, cpuUs: user + system }
}

/** A buyer whose time is over gives up between two attempts. */
export class GivenUp extends Error {
  constructor() {
    super('The round was over before the order was placed.')
  }
}
