// Two processes in which some hold and some order at once, for the last tickets.
import { expect, test } from 'vitest'
import type { TestApp } from '../setup/app.ts'
import { buyHeld, type Category, hold, selling } from '../setup/holding.ts'
import { twoProcesses } from '../setup/two-processes.ts'

const { one, all } = twoProcesses()

/** Orders what could be held; null for whoever could hold nothing. */
async function holdAndBuy(app: TestApp, category: Category) {
  const { id: holdId } = await hold(app, category)
  return holdId ? buyHeld(app, category, { holdId }) : null
}

const leftOf = async ({ id }: Category): Promise<number> =>
  (await one(0).prisma.ticketCategory.findUniqueOrThrow({ where: { id } })).remaining

test('whoever is given a hold has the ticket, while the holds of others become orders', async () => {
  for (let round = 0; round < 4; round++) {
    const category = await selling(one(0), 100)
    const orders = await all(300, (n) => holdAndBuy(one(n), category))
    const given = orders.filter((order) => order !== null)
    expect(given.filter(({ id }) => !id)).toEqual([])
    expect(given.length).toBe(100)
  }
}, 120_000)

test('whoever is given a hold has the ticket, while others order without one, and none is left over', async () => {
  for (let round = 0; round < 4; round++) {
    const category = await selling(one(0), 100)
    const [orders, others] = await Promise.all([
      all(150, (n) => holdAndBuy(one(n), category)),
      all(150, (n) => buyHeld(one(n), category)),
    ])
    const given = orders.filter((order) => order !== null)
    expect(given.filter(({ id }) => !id)).toEqual([])
    // Who was refused on suspicion comes again, and finds what is left.
    const late = await all(20, (n) => buyHeld(one(n), category))
    const sold = [...given, ...others, ...late].filter(({ id }) => id)
    expect([sold.length, await leftOf(category)]).toEqual([100, 0])
  }
}, 120_000)
