// The payment provider hangs: every call of ours is taken, and none is answered.
import { createServer, type Server } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freePort } from '../scripts/services/service.ts'
import { startApp, type TestApp } from './setup/app.ts'
import { expectInvariants } from './setup/oracle.ts'
import { categoryOf, eventually, key, order } from './setup/shop.ts'

let app: TestApp
let hanging: Server
let calls = 0

beforeAll(async () => {
  const port = await freePort()
  hanging = createServer((socket) => {
    calls += 1
    socket.on('error', () => undefined).resume()
  }).listen(port, '127.0.0.1')
  app = await startApp({
    season: true,
    environment: {
      PAYMENT_GATEWAY: 'midtrans',
      MIDTRANS_URL: `http://127.0.0.1:${port}`,
      MIDTRANS_SERVER_KEY: 'SB-Mid-server-of-a-test-that-hangs',
      MIDTRANS_TIMEOUT_MS: '200',
    },
  })
})
afterAll(async () => {
  await expectInvariants(app.prisma)
  await app.close()
  hanging.close()
})

async function place() {
  const { category } = await categoryOf(app, 'gelora-kampus', 'Reguler')
  const { body } = await order(app, category)
  return body.data.createOrder
}

const pay = async ({ id, accessToken }: { id: string; accessToken: string }) => {
  const { status, body } = await app.call('PayOrder', {
    input: { orderId: id, accessToken, method: 'QRIS' },
    idempotencyKey: key(),
  })
  expect(status).toBe(200)
  return body.data.payOrder
}

const breakerState = async (): Promise<number> => {
  const metrics = await (await fetch(`${app.url}/metrics`)).text()
  return Number(/^karcis_payment_breaker_state (\d)$/m.exec(metrics)?.[1])
}

test('a buyer is told when to ask again, and after five calls in vain is told so at once', async () => {
  const placed = await place()
  expect(await breakerState()).toBe(0)
  const first = await pay(placed)
  expect(first).toMatchObject({ code: 'PAYMENT_UNAVAILABLE', retryAfter: expect.any(Number) })
  await eventually(async () => {
    await pay(placed)
    return (await breakerState()) === 2
  })
  const before = calls
  const refused = await pay(await place())
  expect(refused).toMatchObject({ code: 'PAYMENT_UNAVAILABLE' })
  expect(refused.retryAfter).toBeGreaterThan(0)
  expect(refused.retryAfter).toBeLessThanOrEqual(20_000)
  expect(calls).toBe(before)
})
