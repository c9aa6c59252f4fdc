// docs/operators.md from an empty database to a mailed ticket whose links open: the real processes in production, behind a real
// nginx and a real Varnish, with a real SMTP server. Only Midtrans is a stand-in, which speaks its protocol.
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freePort } from '../scripts/services/service.ts'
import { type Front, startVarnish } from './edge/fronts.ts'
import { startNginx } from './edge/nginx.ts'
import { createClient, prepare } from './setup/app.ts'
import { inDays } from './setup/catalogue.ts'
import { tell } from './setup/fake-midtrans/notices.ts'
import { type FakeMidtrans, startFakeMidtrans } from './setup/fake-midtrans.ts'
import { type FakeSmtp, startFakeSmtp } from './setup/fake-smtp.ts'
import { production } from './setup/production.ts'
import { createDatabase, run } from './setup/services.ts'
import { eventually, guest, key } from './setup/shop.ts'
import { resultOf } from './setup/staff.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
/** Seconds. What is awaited comes within three on a quiet machine. */
const PATIENCE = 120
const OWNER = { email: 'owner@gelora.example', password: 'a-password-of-the-owner' }

let provider: FakeMidtrans
let smtp: FakeSmtp
let nginx: Front
let varnish: Front
let environment: Record<string, string>
const closings: (() => Promise<unknown>)[] = []
const processes: { child: ChildProcess; output: string[] }[] = []

beforeAll(async () => {
  provider = await startFakeMidtrans()
  smtp = await startFakeSmtp()
  const originPort = await freePort()
  nginx = await startNginx({ originPort })
  varnish = await startVarnish({ originPort })
  const prepared = await prepare({
    environment: {
      ...production,
      PORT: String(originPort),
      PUBLIC_URL: nginx.url,
      TRUST_PROXY: 'loopback',
      CDN: 'varnish',
      CDN_PURGE_URL: varnish.url,
      MIDTRANS_URL: provider.url,
      MIDTRANS_SERVER_KEY: provider.serverKey,
      SMTP_URL: smtp.url,
      LOG_LEVEL: 'silent',
    },
  })
  // One that has nothing at all in it, not even tables.
  const name = `empty_${crypto.randomUUID().replaceAll('-', '')}`
  const server = new URL(prepared.environment.DATABASE_URL)
  server.pathname = '/postgres'
  await createDatabase(server.href, name)
  environment = { ...prepared.environment, DATABASE_URL: new URL(`/${name}`, server).href }
  closings.push(
    () => nginx.stop(),
    () => varnish.stop(),
    () => run(server.href, `DROP DATABASE ${name} WITH (FORCE)`),
    prepared.drop,
    smtp.close,
    provider.close,
  )
})

afterAll(async () => {
  for (const { child } of processes) if (child.exitCode === null) child.kill('SIGKILL')
  for (const close of closings) await close()
})

/** What an operator types. Gives what it prints; throws when it fails. */
async function node(...args: string[]): Promise<string> {
  const { stdout, stderr } = await promisify(execFile)(process.execPath, args, {
    cwd: root,
    env: environment,
  })
  expect(stderr).toBe('')
  return stdout
}

function start(file: string): void {
  const child = spawn(process.execPath, [file], { cwd: root, env: environment })
  const output: string[] = []
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => output.push(String(chunk)))
  processes.push({ child, output })
}

const mailTo = (address: string, about = /./) =>
  smtp.mails.find(
    ({ to, subject }) => to?.some((one) => one.address === address) && about.test(subject ?? ''),
  )

const linksIn = (text = ''): string[] => [...text.matchAll(/https?:\/\/[^\s"<>]+/g)].map(([link]) => link)

/** Opens an address of a mail as it stands, which is by nginx, and the same at Varnish. */
const openBoth = (link: string) =>
  Promise.all([link, link.replace(nginx.url, varnish.url)].map((one) => patiently(one)))

/** On a busy machine a probe may be late, and the front says so for a moment. */
async function patiently(address: string): Promise<Response> {
  let answer = await fetch(address)
  await eventually(async () => {
    if (answer.status === 503) answer = await fetch(address)
    return answer.status !== 503
  }, PATIENCE)
  return answer
}

test('an empty database becomes a shop whose tickets are mailed, and every link in the mail opens at both fronts', async () => {
  expect(await node('scripts/migrate.ts', 'up')).toContain('Applied')
  expect(await node('scripts/organizer.ts', '--list')).toContain('no organizer yet')
  const who = ['--name', 'Gelora Nusantara', '--slug', 'gelora', '--email', OWNER.email]
  const printed = linksIn(await node('scripts/organizer.ts', 'create', ...who))
  const invitation = printed[0] ?? ''
  expect(linksIn(mailTo(OWNER.email)?.text)).toEqual([invitation])
  expect(invitation).toContain(`${nginx.url}/invitations/`)

  start('src/main.ts')
  start('src/worker.ts')
  for (const front of [nginx, varnish])
    await eventually(async () => (await fetch(`${front.url}/health/ready`)).ok, PATIENCE)

  const forms = await openBoth(invitation)
  expect(forms.map(({ status }) => status)).toEqual([200, 200])
  const body = new URLSearchParams({ name: 'Sari', password: OWNER.password })
  const [, atVarnish = ''] = [invitation, invitation.replace(nginx.url, varnish.url)]
  expect((await fetch(atVarnish, { method: 'POST', body })).status).toBe(200)
  expect((await openBoth(invitation)).map(({ status }) => status)).toEqual([410, 410])
  expect(await node('scripts/organizer.ts', '--list')).toContain(`gelora\tGelora Nusantara\t${OWNER.email}`)

  const shop = await createClient(nginx.url)
  const cached = await createClient(varnish.url)
  const token = await shop.login(OWNER.email, OWNER.password)
  const found = await cached.call('OrganizerDetail', { slug: 'gelora' }, { method: 'GET' })
  const organizerId = found.body.data.organizer.id
  const slug = 'malam-pertama'
  const times = { timeZone: 'Asia/Jakarta', startsAt: inDays(5), endsAt: inDays(6) }
  const input = { organizerId, slug, title: 'Malam Pertama', description: 'Pembukaan', ...times }
  const event = await resultOf(shop, 'createEvent', { input }, token)
  expect((await cached.call('EventDetail', { slug }, { method: 'GET' })).body.data.event).toBeNull()
  const category = { eventId: event.id, name: 'Reguler', price: '150000', quota: 10 }
  const { id: ticketCategoryId } = await resultOf(shop, 'createTicketCategory', { input: category }, token)
  await resultOf(shop, 'publishEvent', { eventId: event.id }, token)
  await eventually(async () => {
    const { body: shown } = await cached.call('EventDetail', { slug }, { method: 'GET' })
    return shown.data.event?.ticketCategories.length === 1
  }, PATIENCE)

  const buyer = guest('pembeli')
  const cart = { eventId: event.id, tickets: [{ ticketCategoryId, quantity: 2 }], buyer }
  const placed = await cached.call('CreateOrder', { input: cart, idempotencyKey: key() })
  const order = placed.body.data.createOrder
  expect(order?.__typename, JSON.stringify(placed.body)).toBe('Order')
  const paying = { orderId: order.id, accessToken: order.accessToken, method: 'QRIS' }
  const paid = await shop.call('PayOrder', { input: paying, idempotencyKey: key() })
  const { id: paymentId } = paid.body.data.payOrder
  provider.become(paymentId, 'settlement')
  expect(await tell(`${nginx.url}/webhooks/midtrans`, provider.notice(paymentId))).toBe(200)

  const withTickets = () =>
    smtp.mails.find(
      ({ to, attachments }) =>
        to?.[0]?.address === buyer.email &&
        attachments.some(({ mimeType }) => mimeType === 'application/pdf'),
    )
  await eventually(async () => withTickets() !== undefined, PATIENCE)
  const mail = withTickets()
  const mailed = [
    ...new Set([...linksIn(mail?.text), ...linksIn(mail?.html).map((one) => one.replaceAll('&amp;', '&'))]),
  ]
  expect(mailed.filter((link) => link.includes('/documents/')).length).toBeGreaterThan(0)
  const detail = { id: order.id, accessToken: order.accessToken }
  const { documents } = (await shop.call('OrderDocuments', detail)).body.data.order
  const { tickets } = (await shop.call('OrderDetail', detail)).body.data.order
  expect(tickets).toHaveLength(2)
  const own = [documents.ticketPage, documents.ticketsPdf, documents.calendar, tickets[0].qrPngUrl]
  for (const link of [...mailed, ...own]) {
    expect(link).toContain(nginx.url)
    for (const answer of await openBoth(link)) {
      expect([answer.url, answer.status]).toEqual([answer.url, 200])
      expect(answer.headers.get('cache-control')).toBe('private, no-store')
      expect((await answer.arrayBuffer()).byteLength).toBeGreaterThan(100)
    }
  }

  for (const { child } of processes) child.kill('SIGTERM')
  await Promise.all(processes.map(({ child }) => child.exitCode ?? once(child, 'exit')))
  expect(processes.map(({ child, output }) => [child.exitCode, output.join('')])).toEqual([
    [0, ''],
    [0, ''],
  ])
}, 600_000)
