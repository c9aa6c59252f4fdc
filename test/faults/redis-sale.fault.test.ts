// Redis is emptied, killed and frozen under a sale. Limits, holds and jobs use it, and no buyer needs it.
import { afterEach, beforeEach, expect, test } from 'vitest'
import { startApp, type TestApp } from '../setup/app.ts'
import { expectInvariants } from '../setup/oracle.ts'
import { type PrivateRedis, privateRedis } from '../setup/private-redis.ts'
import { openSale } from '../setup/sale.ts'
import { categoryOf, eventually } from '../setup/shop.ts'

let redis: PrivateRedis
let app: TestApp
let category: { id: string; eventId: string }

beforeEach(async () => {
  redis = await privateRedis()
  app = await startApp({ season: true, jobs: true, environment: { REDIS_URL: redis.url } })
  category = (await categoryOf(app, 'gelora-kampus', 'Reguler')).category
})
afterEach(async () => {
  redis.thaw()
  await app.close()
  await redis.stop()
})

const expired = () => app.prisma.order.count({ where: { status: 'EXPIRED' } })

test('Redis emptied, killed and started again in the middle of a sale: everybody is served at once, and once', async () => {
  const sale = openSale(app, category, 240, 16)
  await sale.until(40)
  await redis.client.flushall()
  await sale.until(80)
  await redis.kill()
  await sale.until(140)
  await redis.start()
  await sale.until(180)
  await redis.client.flushall()
  await sale.done
  expect(sale.refusals).toEqual([])
  await sale.expectConverged()
  // No job went with it: what nobody pays for comes back.
  const before = await expired()
  app.clock.advance(901)
  await eventually(async () => (await expired()) === before + 240, 30)
  await expectInvariants(app.prisma, [...sale.told.values()])
}, 90_000)

test('Redis that hangs in the middle of a sale refuses nobody', async () => {
  const sale = openSale(app, category, 120, 16)
  await sale.until(30)
  redis.freeze()
  await sale.done
  redis.thaw()
  expect(sale.refusals).toEqual([])
  await sale.expectConverged()
}, 60_000)
