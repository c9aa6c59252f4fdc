import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { signatureOf } from '../src/modules/payments/notification.ts'
import { toDecimal } from '../src/platform/money.ts'
import { startApp, type TestApp } from './setup/app.ts'
import { expectInvariants } from './setup/oracle.ts'
import { testSecrets } from './setup/secrets.ts'
import { key, notificationFor, notify, paid, pending, statusOf, tellOnly } from './setup/shop.ts'

let app: TestApp
let bought: Awaited<ReturnType<typeof pending>>

beforeAll(async () => {
  app = await startApp({ season: true })
})
afterAll(() => app.close())
beforeEach(async () => {
  bought = await pending(app)
})

const stored = () => app.prisma.paymentNotification.count({ where: { paymentId: bought.payment.id } })

test('a forged signature is a 403, changes nothing and leaves only a count', async () => {
  const genuine = notificationFor(bought.payment, 'settlement')
  const forgeries = [
    { signature_key: '0'.repeat(128) },
    { signature_key: genuine.signature_key.replace(/^./, (first) => (first === '0' ? '1' : '0')) },
    { gross_amount: '1.00' },
  ]
  for (const forged of forgeries) expect((await notify(app, { ...genuine, ...forged })).status).toBe(403)
  expect(await stored()).toBe(0)
  expect(await statusOf(app, bought.order.id)).toBe('PENDING_PAYMENT')
  const metrics = await (await fetch(`${app.url}/metrics`)).text()
  expect(metrics).toMatch(/karcis_payment_notifications_total\{outcome="forged"\} 3/)
})

test('what is no notification is a 400, of another amount is kept and does nothing, and an unknown payment is a 404', async () => {
  expect((await notify(app, {})).status).toBe(400)
  // What is genuinely signed is kept, whatever it says: a repetition would add nothing.
  expect((await notify(app, notificationFor(bought.payment, 'set\0tled'))).status).toBe(200)
  expect(await app.prisma.unmatchedNotification.count({ where: { orderId: bought.payment.id } })).toBe(1)
  const cheaper = { ...bought.payment, amount: { minor: 100n, currencyCode: 'IDR' } }
  expect((await tellOnly(app, notificationFor(cheaper, 'settlement'))).status).toBe(200)
  expect(await stored()).toBe(1)
  const unknown = { ...bought.payment, id: crypto.randomUUID() }
  expect((await notify(app, notificationFor(unknown, 'settlement'))).status).toBe(404)
  const text = await fetch(`${app.url}/webhooks/midtrans`, { method: 'POST', body: 'not json' })
  expect(text.status).toBe(400)
  expect(await statusOf(app, bought.order.id)).toBe('PENDING_PAYMENT')
})

test('the signature covers the amount as it was written, with its cents or without', async () => {
  const whole = toDecimal(bought.payment.amount).replace('.00', '')
  const fields = { order_id: bought.payment.id, status_code: '200', gross_amount: whole }
  const signature_key = signatureOf(fields, testSecrets.SANDBOX_SERVER_KEY)
  const answer = await notify(app, { ...fields, signature_key, transaction_status: 'settlement' })
  expect(answer.status).toBe(200)
  expect(await statusOf(app, bought.order.id)).toBe('PAID')
})

test('a pending payment, a challenged capture and an authorization change no order', async () => {
  for (const [status, extra] of [
    ['pending', {}],
    ['capture', { fraud_status: 'challenge' }],
    ['authorize', {}],
  ] as const) {
    expect((await notify(app, notificationFor(bought.payment, status, extra))).status).toBe(200)
  }
  expect(await statusOf(app, bought.order.id)).toBe('PENDING_PAYMENT')
  // Kept as they came, once each, however often they come.
  await notify(app, notificationFor(bought.payment, 'pending'))
  expect(await stored()).toBe(3)
})

test('an accepted capture pays', async () => {
  await notify(app, notificationFor(bought.payment, 'capture'))
  expect(await statusOf(app, bought.order.id)).toBe('PAID')
})

test('a bank that takes the money back revokes the tickets, and the gate says so', async () => {
  const { order, payment, tickets, event } = await paid(app)
  await notify(app, notificationFor(payment, 'deny'))
  expect(await statusOf(app, order.id)).toBe('REFUNDED')
  const token = await app.login('gate@karcis.test')
  const input = { ticketToken: tickets[0]?.token, gateId: event.gates[0]?.id }
  const scan = await app.call('CheckIn', { input, idempotencyKey: key() }, { token })
  expect(scan.body.data.checkIn.code).toBe('TICKET_REVOKED')
  const qr = await fetch(`${app.url}/tickets/${tickets[0]?.token}/qr.png`)
  expect(qr.status).toBe(404)
  await expectInvariants(app.prisma)
})

test('the sandbox settles, denies and lets expire through the webhook, and refuses anything else', async () => {
  const play = (id: string, body: object) =>
    fetch(`${app.url}/sandbox/payments/${id}`, { method: 'POST', body: JSON.stringify(body) })
  expect((await play(bought.payment.id, { outcome: 'win' })).status).toBe(400)
  expect((await play(crypto.randomUUID(), { outcome: 'settle' })).status).toBe(404)
  expect(await (await play(bought.payment.id, { outcome: 'settle' })).json()).toEqual({
    outcome: 'settle',
    webhook: 200,
  })
  expect(await statusOf(app, bought.order.id)).toBe('PAID')
  for (const [outcome, status] of [
    ['deny', 'FAILED'],
    ['expire', 'EXPIRED'],
  ]) {
    const other = await pending(app)
    await play(other.payment.id, { outcome })
    const row = await app.prisma.payment.findUniqueOrThrow({ where: { id: other.payment.id } })
    expect(row.status).toBe(status)
  }
  const page = await fetch(`${app.url}/sandbox/payments/${bought.payment.id}`)
  expect(page.headers.get('content-type')).toMatch(/^text\/html/)
  const settled = await page.text()
  expect(settled).toContain('Paid')
  expect(settled).not.toContain('<button')
  // The buttons of what is open are a form, which leads back to the page.
  const open = await pending(app)
  const address = `${app.url}/sandbox/payments/${open.payment.id}`
  const before = await (await fetch(address)).text()
  expect(before.match(/value="(\w+)"/g)).toEqual(['value="settle"', 'value="deny"', 'value="expire"'])
  expect(before).toContain(open.order.number)
  expect(before).not.toContain('<script')
  const after = await fetch(address, { method: 'POST', body: new URLSearchParams({ outcome: 'settle' }) })
  expect([after.status, after.redirected]).toEqual([200, true])
  expect(await after.text()).not.toContain('<button')
})

test('the sandbox has a webhook of its own, and its provider remembers what was played', async () => {
  const genuine = notificationFor(bought.payment, 'settlement')
  const send = (notification: object) =>
    fetch(`${app.url}/webhooks/sandbox`, { method: 'POST', body: JSON.stringify(notification) })
  expect((await send({ ...genuine, signature_key: '0'.repeat(128) })).status).toBe(403)
  expect((await send(genuine)).status).toBe(200)
  expect(await statusOf(app, bought.order.id)).toBe('PAID')
  const other = await pending(app)
  const { gateway } = app.app.deps
  expect((await gateway.status(other.payment.id))?.word.transaction_status).toBe('pending')
  expect((await gateway.expire(other.payment.id))?.word.transaction_status).toBe('expire')
  expect(await gateway.cancel(other.payment.id)).toBeNull()
  await fetch(`${app.url}/sandbox/payments/${other.payment.id}`, {
    method: 'POST',
    body: JSON.stringify({ outcome: 'settle' }),
  })
  expect((await gateway.status(other.payment.id))?.word.transaction_status).toBe('settlement')
  expect(await gateway.status(crypto.randomUUID())).toBeNull()
})
