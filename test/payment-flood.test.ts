// One network makes orders and charges them in a loop, at a provider that takes so many calls a second and answers others 429.
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type MidtransShop, startMidtransShop } from './setup/midtrans-shop.ts'
import { expectInvariants } from './setup/oracle.ts'
import { key } from './setup/shop.ts'

const FLOOD = '198.51.100.7'
const CROWD = 120
const BUYERS = 7
const PER_SECOND = 20

let shop: MidtransShop

beforeAll(async () => {
  shop = await startMidtransShop({ environment: { MIDTRANS_CALLS_PER_SECOND: String(2 * PER_SECOND) } })
  shop.provider.takes(PER_SECOND)
})
afterAll(async () => {
  await expectInvariants(shop.app.prisma)
  await shop.close()
})

const metric = async (name: string): Promise<number> =>
  Number(
    new RegExp(`^${name} ([\\d.]+)$`, 'm').exec(await (await fetch(`${shop.app.url}/metrics`)).text())?.[1],
  )
const charges = () => shop.provider.seen.filter(({ path }) => path === '/v2/charge')

test('a flood of one network keeps no other buyer waiting, opens no breaker, and is told when to come back', async () => {
  const flood = await Promise.all(
    Array.from({ length: CROWD }, async () => ({ placed: await shop.place(), idempotencyKey: key() })),
  )
  const buyers = await Promise.all(Array.from({ length: BUYERS }, () => shop.place()))
  let over = false
  const told: { code?: string; retryAfter?: number; __typename: string }[] = []
  const statuses = new Set<number>()
  // Whoever floods does not wait until the time that it was told.
  const flooding = flood.map(async ({ placed, idempotencyKey }) => {
    const input = { orderId: placed.id, accessToken: placed.accessToken, method: 'QRIS' }
    const from = { headers: { 'X-Forwarded-For': FLOOD } }
    for (let isPaid = false; !over && !isPaid; ) {
      const { status, body } = await shop.app.call('PayOrder', { input, idempotencyKey }, from)
      statuses.add(status)
      // 503: the machine is busy. Both say that nothing took effect, and when to come back.
      if (status !== 200) await sleep(20)
      else told.push(body.data.payOrder)
      isPaid = body.data?.payOrder.__typename === 'Payment'
    }
  })
  const positions: number[] = []
  for (const placed of buyers) {
    const before = charges().length
    const answer = await shop.pay(placed)
    expect(answer.__typename, JSON.stringify(answer)).toBe('Payment')
    const own = charges().findIndex(({ idempotencyKey }) => idempotencyKey === answer.id)
    positions.push(own - before)
  }
  over = true
  await Promise.all(flooding)
  // What began between a buyer's click and the charge: most of it while the server looked at the order, and one turn.
  const [median = 0] = positions.sort((a, b) => a - b).slice(BUYERS >> 1)
  expect(median, positions.join()).toBeLessThanOrEqual(PER_SECOND / 2)
  expect(await metric('karcis_payment_breaker_state')).toBe(0)
  expect(await metric('karcis_payment_calls_per_second')).toBeLessThan(2 * PER_SECOND)
  const refused = told.filter(({ __typename }) => __typename !== 'Payment')
  for (const { code, retryAfter } of refused) {
    expect(code).toBe('PAYMENT_UNAVAILABLE')
    expect(retryAfter).toBeGreaterThan(0)
  }
  expect(refused.length).toBeGreaterThan(0)
  expect([...statuses].filter((status) => ![200, 429, 503].includes(status))).toEqual([])
  // Nothing of it was charged twice, and whoever was sent away is served under the same key.
  shop.provider.takes(null)
  const [first] = flood
  if (first) expect((await shop.pay(first.placed, 'QRIS', first.idempotencyKey)).__typename).toBe('Payment')
  expect(shop.provider.refusedCharges).toEqual([])
})
