// A crowd of mails that anybody can cause for nothing stands in front of nobody's. Told by the order in which mails leave.
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { startApp, type TestApp } from './setup/app.ts'
import { addCategory, addEvent, addOrganizer } from './setup/catalogue.ts'
import { type FakeSmtp, startFakeSmtp } from './setup/fake-smtp.ts'
import { expectInvariants } from './setup/oracle.ts'
import { replicaOf } from './setup/replicas.ts'
import { eventually, guest, key, notificationFor, notify } from './setup/shop.ts'

let app: TestApp
let smtp: FakeSmtp
let event: { id: string }
let paidCategory: { id: string; eventId: string }
let freeCategory: { id: string; eventId: string }
const workers: TestApp[] = []

beforeAll(async () => {
  smtp = await startFakeSmtp()
  app = await startApp({ environment: { SMTP_URL: smtp.url } })
  const organizer = await addOrganizer(app)
  event = await addEvent(app, organizer.id)
  paidCategory = await addCategory(app, event.id, { quota: 1_000 })
  freeCategory = await addCategory(app, event.id, { quota: 1_000, priceMinor: 0n })
})
beforeEach(() => smtp.forget())
afterEach(() => Promise.all(workers.splice(0).map((worker) => worker.close())))
afterAll(async () => {
  await expectInvariants(app.prisma)
  await app.close()
  await smtp.close()
})

// Networks that have turns of their own.
const from = (network: string) => ({ headers: { 'X-Forwarded-For': network } })
const ATTACKER = '203.0.113.7'
const CROWD = 12
const MAILS_PER_SECOND = 20
// Works one mail at a time, so that mails arrive in the order in which they were begun.
const startWorker = async () => {
  const environment = {
    SMTP_URL: smtp.url,
    RUN_JOBS: 'true',
    JOB_CONCURRENCY: '1',
    MESSAGES_PER_SECOND: String(MAILS_PER_SECOND),
    OUTBOX_POLL_MS: '50',
  }
  workers.push(await replicaOf(app, environment))
}

/** An order of this network with an open payment. */
async function paying(network: string, email: string) {
  const input = {
    eventId: event.id,
    tickets: [{ ticketCategoryId: paidCategory.id, quantity: 1 }],
    buyer: { name: 'Sari Dewi', email },
  }
  const placed = await app.call('CreateOrder', { input, idempotencyKey: key() }, from(network))
  const { id, accessToken } = placed.body.data.createOrder
  const pay = { orderId: id, accessToken, method: 'QRIS' }
  const answer = await app.call('PayOrder', { input: pay, idempotencyKey: key() }, from(network))
  const payment = await app.prisma.payment.findUniqueOrThrow({ where: { id: answer.body.data.payOrder.id } })
  const amount = { minor: payment.amountMinor, currencyCode: payment.currencyCode }
  return {
    id: String(id),
    settle: () => notify(app, notificationFor({ id: payment.id, amount }, 'settlement')),
  }
}

async function freeOrder(network: string, email: string): Promise<string> {
  const input = {
    eventId: event.id,
    tickets: [{ ticketCategoryId: freeCategory.id, quantity: 1 }],
    buyer: { name: 'Sari Dewi', email },
  }
  const { body } = await app.call('CreateOrder', { input, idempotencyKey: key() }, from(network))
  expect(body.data.createOrder.__typename, JSON.stringify(body)).toBe('Order')
  return String(body.data.createOrder.id)
}

/** Somebody who creates and pays again and again from one network, and takes free tickets: two mails each time. */
const flood = () =>
  Promise.all(
    Array.from({ length: CROWD }, async () => {
      await paying(ATTACKER, guest('flood').email)
      await freeOrder(ATTACKER, guest('flood').email)
    }),
  )

/** At which place from the beginning a mail to this address left; it has left when this resolves. */
async function placeOf(email: string): Promise<number> {
  const at = () => smtp.mails.findIndex(({ to }) => to?.some((one) => one.address === email))
  await eventually(async () => at() >= 0, 20)
  return at() + 1
}

test('what was paid for leaves before all that was not, and unpaid mails of networks take turns', async () => {
  await flood()
  const [buyer, waits, free, late] = [guest().email, guest().email, guest().email, guest().email]
  const bought = await paying('198.51.100.1', buyer)
  await paying('198.51.100.2', waits)
  await freeOrder('198.51.100.3', free)
  await bought.settle()
  // Money that comes when the order is cancelled goes back.
  const cancelled = await paying('198.51.100.4', late)
  await app.prisma.$executeRaw`
    UPDATE "order" SET status = 'CANCELLED', released_at = now(), due_at = NULL WHERE id = ${cancelled.id}::uuid`
  await app.prisma.$executeRaw`
    UPDATE order_line SET restocked_quantity = quantity WHERE order_id = ${cancelled.id}::uuid`
  await app.prisma.$executeRaw`
    UPDATE ticket_category SET remaining = remaining + 1 WHERE id = ${paidCategory.id}::uuid`
  await cancelled.settle()
  const [one] = await app.prisma.outbox.findMany({ where: { kind: 'send-free-tickets' } })
  expect(JSON.stringify(one?.payload)).toMatch(/"network": ?"[\w-]{12}"/)
  await startWorker()
  expect(await placeOf(buyer)).toBeLessThanOrEqual(2)
  // The refund itself is another lane's job, so its mail is caused a little later.
  expect(await placeOf(late)).toBeLessThanOrEqual(8)
  expect(await placeOf(waits)).toBeLessThanOrEqual(8)
  expect(await placeOf(free)).toBeLessThanOrEqual(8)
  // What named the network is gone with the job.
  const closed = () => app.prisma.outbox.findUniqueOrThrow({ where: { id: one?.id ?? '' } })
  await eventually(async () => (await closed()).closedAt !== null, 20)
  expect((await closed()).payload).toEqual({ orderId: expect.any(String) })
})

test('whoever comes while the crowd of one network is being written to waits for a few of it', async () => {
  await flood()
  await startWorker()
  await eventually(async () => smtp.mails.length >= 3)
  const [buyer, waits] = [guest().email, guest().email]
  const bought = await paying('198.51.100.5', buyer)
  await paying('198.51.100.6', waits)
  await bought.settle()
  const before = smtp.mails.length
  // What the queue holds already, and what leaves until the relay looks again.
  expect((await placeOf(buyer)) - before).toBeLessThanOrEqual(8)
  expect((await placeOf(waits)) - before).toBeLessThanOrEqual(8)
})
