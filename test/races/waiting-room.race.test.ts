// Three processes, one Redis, one database: one queue, one rate, and an admission that buys once.
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { TestApp } from '../setup/app.ts'
import { startApp } from '../setup/app.ts'
import { expectInvariants } from '../setup/oracle.ts'
import {
  admitted,
  crowd,
  guarded,
  join,
  joining,
  look,
  type Person,
  setRoom,
  standStill,
} from '../setup/queue.ts'
import { replicaOf } from '../setup/replicas.ts'
import { guest, key, order } from '../setup/shop.ts'
import { signUp } from '../setup/staff.ts'

let apps: TestApp[]
let time: ReturnType<typeof standStill>

beforeAll(async () => {
  const first = await startApp()
  apps = [first, await replicaOf(first), await replicaOf(first)]
  time = standStill(...apps)
})
afterAll(async () => {
  const [first, ...others] = apps
  if (first) await expectInvariants(first.prisma)
  for (const app of [...others, first]) await app?.close()
})

const one = (n: number): TestApp => {
  const app = apps[n % apps.length]
  if (!app) throw new Error('There is no app.')
  return app
}
const all = <T>(count: number, work: (n: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, (_, n) => work(n)))

/** Every process has read what the database says of the room. */
const known = (eventId: string) => all(3, (n) => look(one(n), eventId, null))

/** So many guests at once, through all processes. */
const rush = (eventId: string, count: number): Promise<Person[]> => all(count, (n) => join(one(n), eventId))

const served = async (eventId: string): Promise<number> => {
  const { waitingRooms } = one(0).app.deps
  const room = await waitingRooms.settings(eventId)
  if (!room) throw new Error('There is no room.')
  return (await waitingRooms.visit(room, null)).served
}

/** The admission of somebody who is let in a second later. */
function later(eventId: string): Promise<string> {
  time.advance(1)
  return admitted(one(0), eventId)
}

test('three processes let in as many as the rate says, however many look at once', async () => {
  const { event } = await guarded(one(0), { waitingRoomRate: 240 })
  await known(event.id)
  const people = await rush(event.id, 90)
  // The first second's worth: one is always there, and no time has passed since.
  expect(await served(event.id)).toBe(1)
  for (let second = 1; second <= 15; second++) {
    time.advance(1)
    await all(45, (n) => look(one(n), event.id, people[(n * 7) % people.length]?.token ?? ''))
    expect(await served(event.id)).toBe(1 + 4 * second)
  }
  const rooms = await all(people.length, (n) => look(one(n), event.id, people[n]?.token ?? ''))
  expect(rooms.filter(({ state }) => state === 'ADMITTED')).toHaveLength(61)
})

test('one admission sent with 20 orders at once through three processes buys once', async () => {
  const { event, category } = await guarded(one(0))
  await known(event.id)
  const token = await admitted(one(0), event.id)
  const answers = await all(20, (n) => order(one(n), category, { admissionToken: token }))
  const kinds = answers.map(({ body }) => body.data.createOrder.__typename)
  expect(kinds.filter((kind) => kind === 'Order')).toHaveLength(1)
  expect(kinds.filter((kind) => kind === 'AdmissionRequiredError')).toHaveLength(19)
  expect(await one(0).prisma.order.count({ where: { eventId: event.id } })).toBe(1)
  await expectInvariants(one(0).prisma)
})

test('twenty orders with one admission in one batch are told apart there, and no database refusal is needed', async () => {
  const { event, category } = await guarded(one(0))
  const { metrics } = one(0).app.deps
  const unique = async () => {
    const { values } = await metrics.transactionConflicts.get()
    return values.filter(({ labels }) => labels.kind === 'unique').length
  }
  const before = await unique()
  const [first, token] = [await admitted(one(0), event.id), await later(event.id)]
  // The first is written alone, and what comes meanwhile makes a batch.
  const answers = await all(21, (n) => order(one(0), category, { admissionToken: n === 0 ? first : token }))
  expect(answers.filter(({ body }) => body.data.createOrder.__typename === 'Order')).toHaveLength(2)
  expect(await unique()).toBe(before)
})

test('of 20 retries of one order with its admission all are answered with that order', async () => {
  const { event, category } = await guarded(one(0))
  await known(event.id)
  const admissionToken = await admitted(one(0), event.id)
  const [idempotencyKey, buyer] = [key(), guest()]
  const answers = await all(20, async (n) => {
    const headers = { 'X-Forwarded-For': `198.51.100.${n + 1}` }
    const tickets = [{ ticketCategoryId: category.id, quantity: 1 }]
    const input = { eventId: event.id, tickets, buyer, admissionToken }
    return one(n).call('CreateOrder', { input, idempotencyKey }, { headers })
  })
  const orders = answers.map(({ body }) => body.data.createOrder)
  for (const placed of orders) expect(placed).toEqual(orders[0])
  expect(orders[0].__typename).toBe('Order')
  expect(await one(0).prisma.order.count({ where: { eventId: event.id } })).toBe(1)
})

test('the last ticket sold out under ten admissions spends one of them', async () => {
  const { event, category } = await guarded(one(0), { waitingRoomRate: 60_000 }, 1)
  await known(event.id)
  await crowd(one(0), event.id, 1)
  time.advance(1)
  const tokens = await all(10, (n) => admitted(one(n), event.id))
  const answers = await all(10, (n) => order(one(n), category, { admissionToken: tokens[n] }))
  const placed = answers.filter(({ body }) => body.data.createOrder.__typename === 'Order')
  expect(placed).toHaveLength(1)
  await one(0).prisma.ticketCategory.update({
    where: { id: category.id },
    data: { quota: 12, remaining: 11 },
  })
  const again = await all(10, (n) => order(one(n), category, { admissionToken: tokens[n] }))
  expect(again.filter(({ body }) => body.data.createOrder.__typename === 'Order')).toHaveLength(9)
  await expectInvariants(one(0).prisma)
})

test('an account that joins from many devices at once has one place', async () => {
  const { event } = await guarded(one(0), { waitingRoomRate: 1 })
  await known(event.id)
  await crowd(one(0), event.id, 1)
  const { token } = await signUp(one(0))
  const devices = await all(9, (n) => join(one(n), event.id, null, { token }))
  for (const { room } of devices) expect(room.position).toBe(1)
  expect(new Set(devices.map((device) => device.token)).size).toBe(1)
  expect((await join(one(0), event.id)).room.position).toBe(2)
})

test('at the opening each of the early gets a place of its own, in no order of arrival, before all who come later', async () => {
  const opensAt = new Date(one(0).clock.now().getTime() + 30_000)
  const { event } = await guarded(one(0), { waitingRoomRate: 1, salesStartAt: opensAt })
  await known(event.id)
  const early: Person[] = []
  for (let n = 0; n < 60; n++) early.push(await join(one(n), event.id))
  time.advance(30)
  // Some look and some join, in the same moment, everywhere.
  const [rooms, late] = await Promise.all([
    all(60, (n) => look(one(n), event.id, early[n]?.token ?? '')),
    rush(event.id, 30),
  ])
  expect(rooms.every(({ joined }) => joined)).toBe(true)
  const places = (await all(60, (n) => look(one(n), event.id, early[n]?.token ?? ''))).map(
    ({ position }) => position ?? 0,
  )
  expect([...places].sort((a, b) => a - b)).toEqual(Array.from({ length: 60 }, (_, n) => n))
  // Places in order of arrival would have 1,770 pairs in order; a fair draw has about 885, and 1,300 never.
  const pairs = places.flatMap((place, n) => places.slice(n + 1).filter((later) => later > place))
  expect(pairs.length).toBeGreaterThan(470)
  expect(pairs.length).toBeLessThan(1_300)
  const behind = await all(30, (n) => look(one(n), event.id, late[n]?.token ?? ''))
  expect(behind.map(({ position }) => position).sort((a, b) => a - b)).toEqual(
    Array.from({ length: 30 }, (_, n) => 60 + n),
  )
})

test('a position never grows while others join, leave, come back, are let in and buy', async () => {
  const { event, category } = await guarded(one(0), { waitingRoomRate: 120, waitingRoomCapacity: 20 })
  await known(event.id)
  const people = await rush(event.id, 60)
  const best = new Map<number, number>()
  const watch = async (n: number) => {
    const room = await look(one(n), event.id, people[n]?.token ?? '')
    if (room.position === null) return room
    expect(room.position).toBeLessThanOrEqual(best.get(n) ?? Number.POSITIVE_INFINITY)
    best.set(n, room.position)
    return room
  }
  for (let round = 0; round < 12; round++) {
    time.advance(1)
    const gone = people[5 + round * 4]?.token ?? ''
    await Promise.all([
      ...Array.from({ length: 30 }, (_, n) => watch(2 * n + (round % 2))),
      rush(event.id, 5),
      one(round)
        .call('LeaveWaitingRoom', { eventId: event.id, token: gone })
        .then(() => join(one(round), event.id)),
    ])
    const { admissionToken } = await watch(round)
    if (admissionToken) await order(one(round), category, { admissionToken })
  }
  expect(best.size).toBeGreaterThan(40)
  await expectInvariants(one(0).prisma)
})

test('a room that is opened in mid-sale is closed to orders without an admission everywhere', async () => {
  const { event, category } = await guarded(one(0), { waitingRoomRate: null })
  const before = await all(6, (n) => order(one(n), category))
  for (const { body } of before) expect(body.data.createOrder.__typename).toBe('Order')
  await setRoom(one(0), event.id, { waitingRoomRate: 60 })
  const after = await all(6, (n) => order(one(n), category))
  for (const { body } of after) expect(body.data.createOrder.__typename).toBe('AdmissionRequiredError')
  expect((await joining(one(0), event.id)).body.data.joinWaitingRoom.waitingRoom.state).toBe('ADMITTED')
})
