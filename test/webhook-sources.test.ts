// Notifications only from where they may come from, where that is set.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type MidtransShop, startMidtransShop } from './setup/midtrans-shop.ts'
import { statusOf } from './setup/shop.ts'

let shop: MidtransShop

beforeAll(async () => {
  shop = await startMidtransShop({
    environment: { MIDTRANS_WEBHOOK_SOURCES: '103.208.23.0/24, 2001:db8::/48', TRUST_PROXY: 'loopback' },
  })
})
afterAll(() => shop.close())

test('a genuine notification is taken from a listed address alone, as trusted proxies name it', async () => {
  const bought = await shop.open()
  shop.provider.become(bought.paymentId, 'settlement')
  const body = shop.provider.notice(bought.paymentId)
  const from = async (address: string | null) => {
    const headers = { 'Content-Type': 'application/json', ...(address ? { 'X-Forwarded-For': address } : {}) }
    return (await fetch(`${shop.app.url}/webhooks/midtrans`, { method: 'POST', headers, body })).status
  }
  for (const address of [
    null,
    '103.208.24.1',
    '2001:db9::1',
    '103.208.23.7, 198.51.100.1',
    '103.208.23',
    'x',
  ])
    expect(await from(address), String(address)).toBe(403)
  expect(await statusOf(shop.app, bought.id)).toBe('PENDING_PAYMENT')
  expect(await shop.app.prisma.paymentNotification.count({ where: { paymentId: bought.paymentId } })).toBe(0)
  const metrics = await (await fetch(`${shop.app.url}/metrics`)).text()
  expect(metrics).toMatch(/karcis_payment_notifications_total\{outcome="foreign_source"\} 6/)
  // What the client wrote stands left of what the proxy saw.
  expect(await from('198.51.100.1, 103.208.23.7')).toBe(200)
  expect(await from('2001:db8::7')).toBe(200)
  expect(await statusOf(shop.app, bought.id)).toBe('PAID')
})
