import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { newId } from '../src/platform/ids.ts'
import { startApp, type TestApp } from './setup/app.ts'
import { expectInvariants } from './setup/oracle.ts'
import { eventually, notificationFor, notify, order, paid, pending, statusOf } from './setup/shop.ts'

let app: TestApp

beforeAll(async () => {
  app = await startApp({ season: true, jobs: true })
})
afterAll(() => app.close())

/** Mails with a subject of an order; each cause has one of its own. */
async function mailsAbout(subject: string): Promise<string[]> {
  const folder = join(app.dataDir, 'mail')
  // One that is being written has another name.
  const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith('.eml'))
  const mails = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')))
  return mails.filter((mail) => mail.includes(`Subject: ${subject}`))
}

const openJobs = (kind: string) => app.prisma.outbox.count({ where: { kind, closedAt: null } })

test('a paid order mails its tickets once', async () => {
  const { order: bought } = await paid(app)
  await eventually(async () => (await mailsAbout(`Pesanan ${bought.number} lunas`)).length > 0)
  await eventually(async () => (await openJobs('send-tickets')) === 0)
  const mails = await mailsAbout(`Pesanan ${bought.number} lunas`)
  expect(mails).toHaveLength(1)
  expect(mails[0]).toContain(`Content-Type: application/pdf; name=tiket-${bought.number}.pdf`)
})

test('an order that nobody pays expires by itself and gives its stock back', async () => {
  const { category, order: bought } = await pending(app)
  const before = await app.prisma.ticketCategory.findUniqueOrThrow({ where: { id: category.id } })
  app.clock.advance(890)
  expect(await statusOf(app, bought.id)).toBe('PENDING_PAYMENT')
  app.clock.advance(11)
  await eventually(async () => (await statusOf(app, bought.id)) === 'EXPIRED')
  const after = await app.prisma.ticketCategory.findUniqueOrThrow({ where: { id: category.id } })
  expect(after.remaining).toBe(before.remaining + 1)
  await expectInvariants(app.prisma)
})

test('money that came too late for a sold-out event goes back, and the buyer is told', async () => {
  const { category, order: bought, payment } = await pending(app, 'flash-sale-drill')
  app.clock.advance(901)
  await eventually(async () => (await statusOf(app, bought.id)) === 'EXPIRED')
  const pairs = { tickets: [{ ticketCategoryId: category.id, quantity: 2 }] }
  await Promise.all(Array.from({ length: 50 }, () => order(app, category, pairs)))
  expect((await notify(app, notificationFor(payment, 'settlement'))).status).toBe(200)
  const refunded = `Dana pesanan ${bought.number} dikembalikan`
  await eventually(async () => (await mailsAbout(refunded)).length > 0)
  const refund = await app.prisma.refund.findFirstOrThrow({ where: { orderId: bought.id } })
  expect(refund).toMatchObject({ status: 'SUCCEEDED', amountMinor: payment.amount.minor })
  const { status } = await app.prisma.payment.findUniqueOrThrow({ where: { id: payment.id } })
  expect(status).toBe('REFUNDED')
  expect(await mailsAbout(refunded)).toHaveLength(1)
  await expectInvariants(app.prisma)
})

test('a Redis that forgot everything loses no job', async () => {
  const { order: bought } = await paid(app)
  await eventually(async () => (await openJobs('send-tickets')) === 0)
  // Offered, and then gone from the queue before it was worked.
  const now = app.clock.now()
  const row = {
    kind: 'send-tickets',
    payload: { orderId: bought.id },
    dueAt: now,
    createdAt: now,
    offeredAt: now,
  }
  await app.prisma.outbox.create({ data: { id: newId(), ...row } })
  await app.app.deps.redis.flushdb()
  app.clock.advance(61)
  await eventually(async () => (await openJobs('send-tickets')) === 0)
  expect(await app.prisma.outbox.count({ where: { deadAt: { not: null } } })).toBe(0)
})

test('a payment that nobody told us of is asked for, and its order is paid and mailed', async () => {
  const { order: bought, payment } = await pending(app)
  // The provider has the money, and its notification is lost.
  await app.prisma.sandboxTransaction.update({
    where: { paymentId: payment.id },
    data: { status: 'settlement' },
  })
  app.clock.advance(841)
  await eventually(async () => (await statusOf(app, bought.id)) === 'PAID')
  await eventually(async () => (await mailsAbout(`Pesanan ${bought.number} lunas`)).length > 0)
  expect(await app.prisma.ticket.count({ where: { orderId: bought.id } })).toBe(1)
})
