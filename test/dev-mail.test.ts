import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { newId } from '../src/platform/ids.ts'
import { startApp, type TestApp } from './setup/app.ts'
import { production } from './setup/production.ts'
import { eventually, notificationFor, notify, pending } from './setup/shop.ts'

let app: TestApp

beforeAll(async () => {
  app = await startApp({ season: true, jobs: true })
})
afterAll(() => app.close())

const get = (path: string, headers: Record<string, string> = {}) => fetch(`${app.url}${path}`, { headers })
/** Mails that are whole: one that is being written has another name. */
async function kept(): Promise<string[]> {
  const names = await readdir(join(app.dataDir, 'mail')).catch(() => [])
  return names.filter((name) => name.endsWith('.eml'))
}

/** A mail as it was never sent: what a template would not let through. */
async function keep(subject: string, html: string): Promise<string> {
  const id = newId()
  const lines = [
    'From: a@karcis.test',
    'To: "<b>x</b>" <b@karcis.test>',
    `Subject: ${subject}`,
    'Content-Type: text/html; charset=utf-8',
    '',
    html,
  ]
  await mkdir(join(app.dataDir, 'mail'), { recursive: true })
  await writeFile(join(app.dataDir, 'mail', `${id}.eml`), lines.join('\r\n'))
  return id
}

test('a folder without mail shows none', async () => {
  const answer = await get('/dev/mail')
  expect(answer.status).toBe(200)
  expect(await answer.text()).toContain('None yet')
})

test('what was mailed is listed, shown, and its files can be downloaded', async () => {
  const { order, payment } = await pending(app)
  await eventually(async () => (await kept()).length === 1)
  await notify(app, notificationFor(payment, 'settlement'))
  await eventually(async () => (await kept()).length === 2)
  const list = await (await get('/dev/mail')).text()
  const [, id] = /<a href="\/dev\/mail\/([\w-]+)">Pesanan [\w-]+ lunas: [^<]+</.exec(list) ?? []
  expect(list).toContain(`Bayar pesanan ${order.number}`)
  const one = await (await get(`/dev/mail/${id}`)).text()
  expect(one).toContain(order.number)
  expect(one).toContain(`<iframe src="/dev/mail/${id}/html" sandbox=`)
  const file = await get(`/dev/mail/${id}/files/0`)
  expect(file.headers.get('content-type')).toBe('application/pdf')
  expect(file.headers.get('content-disposition')).toBe(`attachment; filename="tiket-${order.number}.pdf"`)
  expect((await file.text()).slice(0, 5)).toBe('%PDF-')
  expect((await get(`/dev/mail/${id}/files/99`)).status).toBe(404)
})

test('a picture that comes with a mail is shown in it', async () => {
  const list = await (await get('/dev/mail')).text()
  const [, id] = /<a href="\/dev\/mail\/([\w-]+)">Bayar pesanan/.exec(list) ?? []
  const mail = await (await get(`/dev/mail/${id}/html`)).text()
  expect(mail).toContain('<img src="data:image/png;base64,')
  expect(mail).not.toContain('cid:')
})

test('a mail can run nothing and load nothing from elsewhere', async () => {
  const id = await keep('hello', '<script>alert(1)</script><img src="https://elsewhere.test/x.png">')
  const policy = (await get(`/dev/mail/${id}/html`)).headers.get('content-security-policy') ?? ''
  expect(policy).toContain("default-src 'none'")
  expect(policy).toMatch(/^sandbox /)
  expect(policy).not.toMatch(/allow-scripts|allow-same-origin|script-src|img-src [^;]*http/)
})

test('what stands in a mail is no markup of the pages around it', async () => {
  const id = await keep('<img src=x onerror=alert(1)>', '<p>hi</p>')
  for (const path of ['/dev/mail', `/dev/mail/${id}`]) {
    const answer = await get(path)
    expect(await answer.text()).not.toContain('<img src=x')
    expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'")
  }
})

test.each(['..%2F..%2Fsecrets', '%2e%2e', 'x', newId()])('%s is no mail', async (id) => {
  expect((await get(`/dev/mail/${id}`)).status).toBe(404)
  expect((await get(`/dev/mail/${id}/html`)).status).toBe(404)
})

test('another machine sees nothing, and neither does a name that is not this machine', async () => {
  expect((await get('/dev/mail', { 'X-Forwarded-For': '203.0.113.9' })).status).toBe(404)
  const rebound = await new Promise((resolve, reject) => {
    request(`${app.url}/dev/mail`, { headers: { Host: 'evil.test' } }, (response) => {
      response.resume()
      resolve(response.statusCode)
    })
      .on('error', reject)
      .end()
  })
  expect(rebound).toBe(404)
})

test('in production there is no such page, and none where mail is sent', async () => {
  const sending = await startApp({ environment: { SMTP_URL: 'smtp://127.0.0.1:9' } })
  const live = await startApp({ environment: production })
  try {
    expect((await fetch(`${sending.url}/dev/mail`)).status).toBe(404)
    expect((await fetch(`${live.url}/dev/mail`)).status).toBe(404)
  } finally {
    await sending.close()
    await live.close()
  }
})
