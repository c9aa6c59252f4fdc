import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { tellGathered } from '../../src/modules/events/tell-gathered.ts'
import type { MessageDeps, SentFor } from '../../src/modules/messages/channels.ts'
import { NO_DOCUMENTS } from '../../src/modules/messages/channels.ts'
import { sendMessage } from '../../src/modules/messages/send-message.ts'
import { tell } from '../../src/modules/messages/tell.ts'
import { tellEventChanged } from '../../src/modules/messages/tell-event.job.ts'
import { keyHider } from '../../src/platform/hidden-key.ts'
import { newId } from '../../src/platform/ids.ts'
import { createLimiters } from '../../src/platform/limiter.ts'
import { createMailer } from '../../src/platform/mailer.ts'
import { startApp, type TestApp } from '../setup/app.ts'
import { addCategory, addEvent, addOrganizer } from '../setup/catalogue.ts'
import { type FakeSmtp, startFakeSmtp } from '../setup/fake-smtp.ts'
import { expectInvariants } from '../setup/oracle.ts'
import { replicaOf } from '../setup/replicas.ts'
import { testSecrets } from '../setup/secrets.ts'
import { addressOf, guest, order, paid, pending } from '../setup/shop.ts'

let apps: readonly [TestApp, TestApp]
let smtp: FakeSmtp

beforeAll(async () => {
  smtp = await startFakeSmtp()
  const first = await startApp({ season: true })
  apps = [first, await replicaOf(first)]
})
beforeEach(() => smtp.forget())
afterAll(async () => {
  await expectInvariants(apps[0].prisma)
  await apps[1].close()
  await apps[0].close()
  await smtp.close()
})

const limitOf = (name: string, points: number) => {
  const { redis, log } = apps[0].app.deps
  return createLimiters(redis, log, keyHider(testSecrets.LINK_SECRET))(name, { points, seconds: 60 })
}

/** One of two workers in turn: pools and clocks of their own, one database, one mail server. */
const worker = (n: number): MessageDeps => ({
  ...apps[n % 2 === 0 ? 0 : 1].app.deps,
  mailer: createMailer({
    smtpUrl: smtp.url,
    from: 'a@karcis.test',
    folder: '',
    requireTls: false,
    timeoutMs: 5_000,
  }),
  whatsapp: null,
  leaseSeconds: 30,
  unpaidLimit: limitOf('unpaid', 3),
  unpaidNetworkLimit: limitOf('unpaid-network', 100),
  documentsFor: async () => NO_DOCUMENTS,
})
const PAID: SentFor = { retryKind: 'send-message', fairnessBucket: 0, network: null }
const UNPAID: SentFor = { ...PAID, retryKind: 'send-unpaid-message' }
const atOnce = <T>(count: number, work: (n: number) => Promise<T>) =>
  Promise.all(Array.from({ length: count }, (_, n) => work(n)))

test('a cause that 20 jobs of two workers tell at once is one row and one mail', async () => {
  const { order } = await paid(apps[0])
  smtp.next('slow', await addressOf(apps[0], order.id))
  await atOnce(20, (n) =>
    tell(worker(n), { cause: 'ORDER_PAID', causeId: order.id, orderId: order.id }, PAID),
  )
  expect(smtp.mails).toHaveLength(1)
  const rows = await apps[0].prisma.message.findMany({ where: { orderId: order.id } })
  expect(rows.map(({ state, attempts }) => [state, attempts])).toEqual([['SENT', 1]])
})

test('a message that two workers send at once goes out once, while it is held and after', async () => {
  const { order } = await paid(apps[0])
  const id = newId()
  await apps[0].prisma.message.create({
    data: {
      id,
      orderId: order.id,
      cause: 'ORDER_PAID',
      causeId: order.id,
      channel: 'EMAIL',
      createdAt: new Date(),
    },
  })
  smtp.next('slow', await addressOf(apps[0], order.id))
  await atOnce(10, (n) => sendMessage(worker(n), id, PAID))
  await atOnce(10, (n) => sendMessage(worker(n), id, PAID))
  expect(smtp.mails).toHaveLength(1)
})

test('one whose worker died before it began to send is sent by the next run of its job', async () => {
  const { order } = await paid(apps[0])
  const cause = { cause: 'ORDER_PAID', causeId: order.id, orderId: order.id } as const
  await apps[0].prisma.message.create({
    data: { id: newId(), ...cause, channel: 'EMAIL', createdAt: new Date() },
  })
  await tell(worker(0), cause, PAID)
  expect(smtp.mails).toHaveLength(1)
})

test('one whose worker died with it is sent when its lease is over, and not before', async () => {
  const { order } = await paid(apps[0])
  const id = newId()
  const leasedUntil = new Date(apps[0].clock.now().getTime() + 30_000)
  await apps[0].prisma.message.create({
    data: {
      id,
      orderId: order.id,
      cause: 'ORDER_PAID',
      causeId: order.id,
      channel: 'EMAIL',
      attempts: 1,
      leasedUntil,
      createdAt: new Date(),
    },
  })
  await atOnce(6, (n) => sendMessage(worker(n), id, PAID))
  expect(smtp.mails).toHaveLength(0)
  // Each that came too early left somebody to look after it.
  const later = { kind: 'send-message', payload: { equals: { messageId: id } }, dueAt: leasedUntil }
  expect(await apps[0].prisma.outbox.count({ where: later })).toBeGreaterThan(0)
  for (const { clock } of apps) clock.advance(31)
  await atOnce(6, (n) => sendMessage(worker(n), id, PAID))
  expect(smtp.mails).toHaveLength(1)
})

test('a change of an event that many jobs tell at once makes one job for each buyer', async () => {
  const bought = await Promise.all(Array.from({ length: 5 }, () => paid(apps[0])))
  const eventId = bought[0]?.event.id ?? ''
  const changeId = newId()
  await atOnce(8, (n) => tellEventChanged(worker(n), { eventId, changeId }))
  const messages = await apps[0].prisma.message.findMany({ where: { causeId: changeId } })
  expect(messages.length).toBeGreaterThanOrEqual(5)
  const jobs = await apps[0].prisma.outbox.findMany({ where: { kind: 'send-message', closedAt: null } })
  const named = jobs.map(({ payload }) => JSON.stringify(payload))
  for (const { id } of messages) expect(named.filter((one) => one.includes(id))).toHaveLength(1)
})

test('an address hears only so often of orders that nobody paid, at once or not, and of paid ones always', async () => {
  const buyer = guest()
  const placed = await Promise.all(
    Array.from({ length: 4 }, () => pending(apps[0], 'gelora-kampus', 'Reguler', { buyer })),
  )
  await atOnce(8, (n) => {
    const { order, payment } = placed[n % 4] ?? {}
    const cause = { cause: 'ORDER_PLACED', causeId: payment?.id ?? '', orderId: String(order.id) } as const
    return tell(worker(n), cause, UNPAID)
  })
  expect(smtp.mails).toHaveLength(3)
  const states = await apps[0].prisma.message.groupBy({
    by: ['state'],
    where: { order: { buyerEmail: buyer.email } },
    _count: true,
    orderBy: { state: 'asc' },
  })
  expect(states.map(({ state, _count }) => [state, _count])).toEqual([
    ['SENT', 3],
    ['DROPPED', 1],
  ])
  const { order } = await paid(apps[0], 'gelora-kampus', 'Reguler', { buyer })
  await tell(worker(0), { cause: 'ORDER_PAID', causeId: order.id, orderId: order.id }, PAID)
  expect(smtp.mails).toHaveLength(4)
})

test('of free orders to one address, and of one network to any, some are told now and the rest later, and none is lost', async () => {
  const [app] = apps
  const organizer = await addOrganizer(app)
  const event = await addEvent(app, organizer.id)
  const category = await addCategory(app, event.id, { priceMinor: 0n })
  const free = async (buyer: object) => {
    const { body } = await order(app, category, { buyer })
    return String(body.data.createOrder.id)
  }
  const buyer = guest()
  const toOne = await Promise.all(Array.from({ length: 5 }, () => free(buyer)))
  const toMany = await Promise.all(Array.from({ length: 5 }, () => free(guest())))
  const limits = { unpaidLimit: limitOf('free', 3), unpaidNetworkLimit: limitOf('free-network', 2) }
  const tellAll = (orders: readonly string[], network: string | null) =>
    Promise.all(
      orders.map((orderId, n) =>
        tell(
          { ...worker(n), ...limits },
          { cause: 'ORDER_PAID', causeId: orderId, orderId },
          { ...UNPAID, network },
        ),
      ),
    )
  await tellAll(toOne, null)
  expect(smtp.mails).toHaveLength(3)
  await tellAll(toMany, 'one-network')
  expect(smtp.mails).toHaveLength(5)
  const waiting = await app.prisma.message.findMany({
    where: { orderId: { in: [...toOne, ...toMany] }, state: 'QUEUED' },
  })
  expect(waiting.map(({ attempts, leasedUntil }) => [attempts, leasedUntil])).toEqual(
    Array(5).fill([0, null]),
  )
  const ids = new Set(waiting.map(({ id }) => id))
  const open = await app.prisma.outbox.findMany({ where: { kind: 'send-unpaid-message', closedAt: null } })
  const jobs = open.filter(({ payload }) => ids.has(Object(payload).messageId))
  expect(jobs).toHaveLength(5)
  expect(jobs.every(({ dueAt }) => dueAt > app.clock.now())).toBe(true)
  // An hour later there is room again.
  const room = { unpaidLimit: limitOf('later', 3), unpaidNetworkLimit: limitOf('later-network', 3) }
  for (const { id } of waiting) await sendMessage({ ...worker(0), ...room }, id, UNPAID)
  expect(smtp.distinct()).toHaveLength(10)
})

test('what edits gathered is handed on once by 20 runs of two workers', async () => {
  const [{ prisma, clock }] = apps
  const organizer = await addOrganizer(apps[0])
  const ids = await atOnce(5, async () => {
    const event = await addEvent(apps[0], organizer.id)
    const past = new Date(clock.now().getTime() - 1_000)
    const times = { firstEditAt: past, lastEditAt: past, dueAt: past }
    await prisma.eventChange.create({ data: { id: newId(), eventId: event.id, before: {}, ...times } })
    return event.id
  })
  await atOnce(20, (n) => tellGathered(worker(n)))
  for (const id of ids) {
    const where = { kind: 'event.changed', payload: { path: ['eventId'], equals: id } }
    expect(await prisma.outbox.count({ where })).toBe(1)
  }
})
