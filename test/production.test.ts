import { afterAll, beforeAll, expect, test } from 'vitest'
import { createMailer } from '../src/platform/mailer.ts'
import { startApp, type TestApp } from './setup/app.ts'
import { startFakeSmtp } from './setup/fake-smtp.ts'
import { signUp } from './setup/staff.ts'

let app: TestApp

beforeAll(async () => {
  app = await startApp({
    season: true,
    environment: {
      NODE_ENV: 'production',
      HOST: '127.0.0.1',
      PAYMENT_GATEWAY: 'midtrans',
      DOCUMENT_LINK_SECRET: 'test-document-link-secret-0123456789-0123456789',
      MIDTRANS_SERVER_KEY: 'test-server-key',
      MIDTRANS_URL: 'http://127.0.0.1:9',
      SMTP_URL: 'smtp://127.0.0.1:9',
      MAIL_FROM: 'Karcis <tiket@karcis.example>',
      METRICS_TOKEN: 'test-metrics-token-0123',
      CORS_ORIGINS: 'https://tiket.example',
    },
  })
})
afterAll(() => app.close())

test('a mail that must go by TLS is not handed to a server that has none, whatever the address says', async () => {
  const smtp = await startFakeSmtp()
  const mail = {
    id: crypto.randomUUID(),
    date: new Date(),
    to: 'budi@karcis.test',
    subject: 'x',
    text: 'x',
    html: 'x',
  }
  for (const query of ['', '?ignoreTLS=true', '?requireTLS=false']) {
    const options = { smtpUrl: `${smtp.url}${query}`, from: 'a@karcis.test', folder: '', timeoutMs: 5_000 }
    await expect(
      createMailer({ ...options, requireTls: true }).send({ ...mail, attachments: [] }),
    ).rejects.toThrow()
  }
  expect(smtp.mails).toEqual([])
  await smtp.close()
})

const AD_HOC = '{ __schema { queryType { name } } }'

test('a guest’s own documents are refused, those of signed-in staff are answered', async () => {
  const guest = await app.query(AD_HOC)
  expect(guest.status).toBe(403)
  expect(guest.body.errors[0].extensions.code).toBe('PERSISTED_QUERY_ONLY')
  const buyer = await app.query(AD_HOC, {}, { token: await app.login('buyer@karcis.test') })
  expect(buyer.status).toBe(403)
  const staff = await app.query(AD_HOC, {}, { token: await app.login('owner@karcis.test') })
  expect(staff.body.data.__schema.queryType.name).toBe('Query')
})

test('a token that is not good is 401 and one that cannot be looked up 503, never the 403 of a guest, whatever is asked', async () => {
  const staff = await signUp(app)
  await app.call('Logout', { refreshToken: staff.refreshToken })
  const ways = (token: string) => [
    app.query(AD_HOC, {}, { token }),
    app.query('mutation { publishEvent(id: "x") { __typename } }', {}, { token }),
    app.call('Me', {}, { token }),
    app.call('CheckIn', { input: { gateId: 'x', ticketToken: 'x' }, idempotencyKey: 'k' }, { token }),
  ]
  const answersTo = async (token: string) =>
    (await Promise.all(ways(token))).map(
      ({ status, headers, body }) =>
        `${status} ${body.errors[0].extensions.code} ${headers.get('www-authenticate')}`,
    )
  const past = await app.login('owner@karcis.test')
  for (const token of [staff.token, `${past}x`, 'nonsense', 'kgd_unknown'])
    expect(await answersTo(token)).toEqual(Array(4).fill('401 UNAUTHENTICATED Bearer'))
  await app.prisma.$executeRaw`ALTER TABLE session RENAME TO session_away`
  await app.prisma.$executeRaw`ALTER TABLE gate_device RENAME TO gate_device_away`
  const unavailable = Array(4).fill('503 SERVICE_UNAVAILABLE null')
  for (const token of [past, 'kgd_unknown']) expect(await answersTo(token)).toEqual(unavailable)
  await app.prisma.$executeRaw`ALTER TABLE session_away RENAME TO session`
  await app.prisma.$executeRaw`ALTER TABLE gate_device_away RENAME TO gate_device`
  app.clock.advance(901)
  expect(await answersTo(past)).toEqual(Array(4).fill('401 UNAUTHENTICATED Bearer'))
  // What only lacks the right stays 403.
  const buyer = await app.query(AD_HOC, {}, { token: await app.login('buyer@karcis.test') })
  expect(buyer.status).toBe(403)
})

test('persisted operations are answered to everybody', async () => {
  const list = await app.call('EventList', { first: 1 }, { method: 'GET' })
  expect(list.body.data.events.edges).toHaveLength(1)
})

test('there is no sandbox and no GraphiQL', async () => {
  const id = crypto.randomUUID()
  expect((await fetch(`${app.url}/sandbox/payments/${id}`)).status).toBe(404)
  expect((await fetch(`${app.url}/sandbox/payments/${id}`, { method: 'POST' })).status).toBe(404)
  expect((await fetch(`${app.url}/webhooks/sandbox`, { method: 'POST', body: '{}' })).status).toBe(404)
  const page = await fetch(`${app.url}/graphql`, { headers: { Accept: 'text/html' } })
  expect(await page.text()).not.toMatch(/<html/i)
})

test('metrics ask for their token', async () => {
  expect((await fetch(`${app.url}/metrics`)).status).toBe(401)
  const wrong = await fetch(`${app.url}/metrics`, {
    headers: { Authorization: 'Bearer test-metrics-token-0124' },
  })
  expect(wrong.status).toBe(401)
  const right = await fetch(`${app.url}/metrics`, {
    headers: { Authorization: 'Bearer test-metrics-token-0123' },
  })
  expect(await right.text()).toContain('karcis_graphql_requests_total')
})

test('only listed origins are let in, and never by echo', async () => {
  const from = (Origin: string) => fetch(`${app.url}/graphql`, { method: 'OPTIONS', headers: { Origin } })
  expect((await from('https://tiket.example')).headers.get('access-control-allow-origin')).toBe(
    'https://tiket.example',
  )
  expect((await from('https://evil.example')).headers.get('access-control-allow-origin')).toBeNull()
})

test('a provider that is away is a typed answer, and the same key works when it is back', async () => {
  const { body } = await app.call('EventDetail', { slug: 'gelora-kampus' }, { method: 'GET' })
  const category = body.data.event.ticketCategories.find((one: { name: string }) => one.name === 'Reguler')
  const cart = {
    eventId: body.data.event.id,
    tickets: [{ ticketCategoryId: category.id, quantity: 1 }],
    buyer: { name: 'Budi', email: 'budi@karcis.test' },
  }
  const placed = (await app.call('CreateOrder', { input: cart, idempotencyKey: crypto.randomUUID() })).body
    .data.createOrder
  const input = { orderId: placed.id, accessToken: placed.accessToken, method: 'QRIS' }
  const idempotencyKey = crypto.randomUUID()
  for (let attempt = 0; attempt < 2; attempt++) {
    const paying = await app.call('PayOrder', { input, idempotencyKey })
    expect(paying.body.data.payOrder.code).toBe('PAYMENT_UNAVAILABLE')
    expect(JSON.stringify(paying.body)).not.toMatch(/127\.0\.0\.1|ECONN|server-key/)
  }
  expect(await app.prisma.payment.count({ where: { orderId: placed.id } })).toBe(1)
})
