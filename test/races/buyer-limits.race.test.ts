import { expect, test } from 'vitest'
import { startApp } from '../setup/app.ts'
import { startFleet } from '../setup/fleet.ts'
import { expectInvariants } from '../setup/oracle.ts'
import { buy, cartOf, newSale, someone } from '../setup/promo.ts'
import { buyerLimitRaces } from './buyer-limits-suite.ts'

buyerLimitRaces('in one process', () => startApp())
buyerLimitRaces('in three processes behind nginx', () => startFleet())

// No row is locked by both, so only the isolation level knows that each decides on what the other writes.
test('a buyer who orders one category in each of two processes gets what one may have of the event', async () => {
  const app = await startApp()
  const { DATABASE_URL, REDIS_URL } = app.environment
  const other = await startApp({
    environment: { DATABASE_URL: DATABASE_URL ?? '', REDIS_URL: REDIS_URL ?? '' },
  })
  try {
    for (let round = 0; round < 10; round++) {
      const { regular, vip } = await newSale(app, { maxPerBuyer: 1 })
      const buyer = someone()
      const answers = await Promise.all([
        buy(app, { ...cartOf(regular), buyer }),
        buy(other, { ...cartOf(vip), buyer }),
      ])
      const found = answers.map(({ __typename }) => __typename).sort()
      expect(found).toEqual(['LimitExceededError', 'Order'])
    }
    await expectInvariants(app.prisma)
  } finally {
    await other.close()
    await app.close()
  }
}, 60_000)
