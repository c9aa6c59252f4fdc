import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { keysOf } from '../src/modules/waiting-room/room-store.ts'
import { Busy } from '../src/platform/errors.ts'
import { newId } from '../src/platform/ids.ts'
import { startApp, type TestApp } from './setup/app.ts'
import { addItem } from './setup/catalogue.ts'
import { expectInvariants } from './setup/oracle.ts'
import { admitted, buy, crowd, guarded, join, joining, look, setRoom, standStill } from './setup/queue.ts'
import { key, order } from './setup/shop.ts'
import { hire, mutate, resultOf, signUp } from './setup/staff.ts'
import { statementsOf } from './setup/statements.ts'

let app: TestApp
let time: ReturnType<typeof standStill>

beforeAll(async () => {
  app = await startApp()
  time = standStill(app)
})
afterAll(async () => {
  await expectInvariants(app.prisma)
  await app.close()
})

const inSeconds = (seconds: number) => new Date(app.clock.now().getTime() + seconds * 1_000)

describe('an event', () => {
  test('without a waiting room is INACTIVE, gives no token, and takes orders with any admission token', async () => {
    const { event, category } = await guarded(app, { waitingRoomRate: null })
    const { token, room } = await join(app, event.id)
    expect(token).toBeNull()
    expect(room).toMatchObject({ state: 'INACTIVE', joined: false, position: null, admissionToken: null })
    expect((await buy(app, category, 'nonsense')).__typename).toBe('Order')
    const { admissionId } = await app.prisma.order.findFirstOrThrow({ where: { eventId: event.id } })
    expect(admissionId).toBeNull()
  })

  test('with a waiting room sells tickets to the admitted alone, and its merchandise to everybody', async () => {
    const { event, category, organizerId } = await guarded(app)
    expect(await buy(app, category, null)).toMatchObject({
      __typename: 'AdmissionRequiredError',
      code: 'ADMISSION_REQUIRED',
      path: ['input', 'admissionToken'],
    })
    const item = await addItem(app, organizerId, { eventId: event.id })
    const merchandise = [{ variantId: item.variants[0]?.id, quantity: 1 }]
    expect((await buy(app, category, null, key(), { tickets: [], merchandise })).__typename).toBe('Order')
    expect((await buy(app, category, await admitted(app, event.id))).__typename).toBe('Order')
  })

  test('whose sale is over is INACTIVE: there is nothing to wait for', async () => {
    const { event } = await guarded(app, { salesEndAt: inSeconds(-1) })
    expect((await join(app, event.id)).room.state).toBe('INACTIVE')
  })

  test('that is unknown, malformed or a draft has no room', async () => {
    const { event } = await guarded(app, { status: 'DRAFT', publishedAt: null })
    for (const id of [event.id, newId(), 'no-id', '']) {
      const { body } = await joining(app, id)
      expect(body.data.joinWaitingRoom).toMatchObject({ __typename: 'NotFoundError', code: 'NOT_FOUND' })
      expect(await look(app, id, null)).toBeNull()
      expect((await app.call('WaitingRoomState', { eventId: id })).body.data.waitingRoomStatus).toBeNull()
      expect((await app.call('LeaveWaitingRoom', { eventId: id })).body.data.leaveWaitingRoom).toBe(false)
    }
  })
})

describe('an admission', () => {
  test('is spent by one order; a retry with the same key replays it, another order is refused', async () => {
    const { event, category } = await guarded(app)
    const token = await admitted(app, event.id)
    const idempotencyKey = key()
    const input = { eventId: event.id, buyer: { name: 'Ayu', email: 'ayu@karcis.test' } }
    const first = await buy(app, category, token, idempotencyKey, input)
    expect(first.__typename).toBe('Order')
    // The admission is over and the client retries all the same.
    time.advance(601)
    const retry = await order(app, category, { admissionToken: token, ...input }, idempotencyKey)
    expect(retry.headers.get('idempotent-replayed')).toBe('true')
    expect(retry.body.data.createOrder).toEqual(first)
    expect((await buy(app, category, token)).__typename).toBe('AdmissionRequiredError')
  })

  test('is not spent by an order that was refused', async () => {
    const { event, category } = await guarded(app, {}, 2)
    const token = await admitted(app, event.id)
    const tickets = [{ ticketCategoryId: category.id, quantity: 3 }]
    expect((await buy(app, category, token, key(), { tickets })).__typename).toBe('SoldOutError')
    expect((await buy(app, category, token)).__typename).toBe('Order')
  })

  test('stays spent when its order is cancelled', async () => {
    const { event, category } = await guarded(app)
    const token = await admitted(app, event.id)
    const placed = await buy(app, category, token)
    const input = { orderId: placed.id, accessToken: placed.accessToken }
    const { body } = await app.call('CancelOrder', { input, idempotencyKey: key() })
    expect(body.data.cancelOrder.status).toBe('CANCELLED')
    expect((await buy(app, category, token)).__typename).toBe('AdmissionRequiredError')
  })

  test('ends with its time, and with it the place', async () => {
    const { event, category } = await guarded(app)
    const { token, room } = await join(app, event.id)
    expect(new Date(room.admissionExpiresAt)).toEqual(inSeconds(600))
    time.advance(599)
    expect((await look(app, event.id, token)).admissionToken).toBe(room.admissionToken)
    time.advance(1)
    expect((await buy(app, category, room.admissionToken)).__typename).toBe('AdmissionRequiredError')
    expect(await look(app, event.id, token)).toMatchObject({ joined: false, admissionToken: null })
    expect((await join(app, event.id, token)).room.state).toBe('ADMITTED')
  })

  test('is the same in every tab, so that many tabs place one order', async () => {
    const { event, category } = await guarded(app)
    const { token, room } = await join(app, event.id)
    const tabs = await Promise.all([look(app, event.id, token), look(app, event.id, token)])
    for (const tab of tabs) expect(tab.admissionToken).toBe(room.admissionToken)
    expect((await buy(app, category, room.admissionToken)).__typename).toBe('Order')
    expect(await look(app, event.id, token)).toMatchObject({ joined: false, admissionToken: null })
  })

  test('of an account is good for that account alone; of a guest also after signing in', async () => {
    const { event, category } = await guarded(app, { waitingRoomRate: 6_000 })
    const [one, other] = [await signUp(app), await signUp(app, 'Rina')]
    const orderAs = async (admissionToken: string, token?: string) => {
      const tickets = [{ ticketCategoryId: category.id, quantity: 1 }]
      const buyer = { name: 'Budi', email: 'budi@karcis.test' }
      const input = { eventId: event.id, tickets, buyer, admissionToken }
      const { body } = await app.call('CreateOrder', { input, idempotencyKey: key() }, token ? { token } : {})
      return body.data.createOrder.__typename
    }
    const own = await admitted(app, event.id, { token: one.token })
    expect(await orderAs(own)).toBe('AdmissionRequiredError')
    expect(await orderAs(own, other.token)).toBe('AdmissionRequiredError')
    expect(await orderAs(own, one.token)).toBe('Order')
    time.advance(1)
    expect(await orderAs(await admitted(app, event.id), other.token)).toBe('Order')
  })

  test('that is forged, of another event or of another kind is refused', async () => {
    const { event, category } = await guarded(app, { waitingRoomRate: 6_000 })
    const elsewhere = await guarded(app)
    const { token, room } = await join(app, event.id)
    const good: string = room.admissionToken
    const flipped = Array.from({ length: good.length }, (_, at) => {
      const letter = good[at] === 'A' ? 'B' : 'A'
      return good.slice(0, at) + letter + good.slice(at + 1)
    })
    const foreign = await admitted(app, elsewhere.event.id)
    const bad = [foreign, token, '', 'x', `${good}A`, good.slice(1), 'A'.repeat(good.length), 'é'.repeat(99)]
    const some = flipped.filter((_, at) => at % 17 === 0 || at === good.length - 1)
    for (const one of [...bad, ...some]) {
      expect((await buy(app, category, one)).__typename, one).toBe('AdmissionRequiredError')
    }
    expect((await buy(app, category, good)).__typename).toBe('Order')
  })

  test('that was given before the room was paused can be used', async () => {
    const { event, category } = await guarded(app)
    const { token, room } = await join(app, event.id)
    await setRoom(app, event.id, { waitingRoomPaused: true })
    expect((await look(app, event.id, token)).state).toBe('ADMITTED')
    expect((await buy(app, category, room.admissionToken)).__typename).toBe('Order')
  })
})

describe('a place', () => {
  test('is kept over refreshes by a guest’s token, and by an account on every device', async () => {
    const { event } = await guarded(app)
    await crowd(app, event.id, 3)
    const guest = await join(app, event.id)
    const { token } = await signUp(app)
    const phone = await join(app, event.id, null, { token })
    const laptop = await join(app, event.id, null, { token })
    await crowd(app, event.id, 2)
    expect(guest.room.position).toBe(3)
    expect(await look(app, event.id, guest.token)).toMatchObject({ position: 3, joined: true })
    expect((await join(app, event.id, guest.token)).room.position).toBe(3)
    for (const one of [phone, laptop]) expect(one.room.position).toBe(4)
    expect(laptop.token).toBe(phone.token)
    expect(await look(app, event.id, null, { token })).toMatchObject({ position: 4, joined: true })
    const staff = await app.app.deps.waitingRooms.settings(event.id)
    expect(staff && (await app.app.deps.waitingRooms.visit(staff, null)).waiting).toBe(6)
  })

  test('of an account is shown to nobody who only has its token', async () => {
    const { event } = await guarded(app)
    const [one, other] = [await signUp(app), await signUp(app, 'Rina')]
    const { token } = await join(app, event.id, null, { token: one.token })
    expect(await look(app, event.id, token)).toBeNull()
    expect(await look(app, event.id, token, { token: other.token })).toBeNull()
    const { body } = await app.call('LeaveWaitingRoom', { eventId: event.id, token })
    expect(body.data.leaveWaitingRoom).toBe(false)
    expect((await look(app, event.id, token, { token: one.token })).joined).toBe(true)
  })

  test('is not to be had with a token of another event, a forged one, or an admission', async () => {
    const { event } = await guarded(app)
    const other = await guarded(app)
    const { token, room } = await join(app, event.id)
    for (const bad of [room.admissionToken, `${token.slice(0, -2)}AA`, 'x'])
      expect(await look(app, event.id, bad)).toBeNull()
    expect(await look(app, other.event.id, token)).toBeNull()
    expect(await look(app, event.id, null)).toMatchObject({ state: 'WAITING', joined: false, position: null })
  })

  test('that was given up is not to be had again: who comes back stands behind', async () => {
    const { event } = await guarded(app)
    const [, second, third] = await crowd(app, event.id, 3)
    const leave = { eventId: event.id, token: second?.token }
    expect((await app.call('LeaveWaitingRoom', leave)).body.data.leaveWaitingRoom).toBe(true)
    expect((await app.call('LeaveWaitingRoom', leave)).body.data.leaveWaitingRoom).toBe(false)
    expect((await look(app, event.id, second?.token ?? '')).joined).toBe(false)
    expect((await look(app, event.id, third?.token ?? '')).position).toBe(1)
    expect((await join(app, event.id, second?.token)).room.position).toBe(2)
  })

  test('says how long it will take, as a range that holds the likely', async () => {
    const { event } = await guarded(app, { waitingRoomRate: 30 })
    const [, , , fourth] = await crowd(app, event.id, 4)
    expect(fourth?.room).toMatchObject({
      position: 3,
      estimatedWaitSeconds: 6,
      minWaitSeconds: 6,
      maxWaitSeconds: 12,
      number: 4,
      pollAfterSeconds: 3,
    })
    time.advance(1)
    expect(await look(app, event.id, fourth?.token ?? '')).toMatchObject({ position: 3, number: 4 })
    time.advance(1)
    // Position is what the number and the public counter say.
    expect(await look(app, event.id, fourth?.token ?? '')).toMatchObject({ position: 2, number: 4 })
    const { body } = await app.call('WaitingRoomState', { eventId: event.id }, { method: 'GET' })
    expect(body.data.waitingRoomStatus).toMatchObject({ state: 'WAITING', served: 2, waiting: 2 })
  })
})

describe('before the sale', () => {
  test('all wait without a position; at the opening they are shuffled, and who comes later stands behind', async () => {
    const { event, category } = await guarded(app, { salesStartAt: inSeconds(60), waitingRoomRate: 1 })
    const early = await crowd(app, event.id, 40)
    for (const { room } of early) {
      expect(room).toMatchObject({ state: 'PRE_QUEUE', joined: true, position: null, admissionToken: null })
      expect(new Date(room.opensAt)).toEqual(event.salesStartAt)
    }
    expect((await buy(app, category, null)).__typename).toBe('AdmissionRequiredError')
    time.advance(60)
    const late = await crowd(app, event.id, 3)
    const rooms = await Promise.all(early.map(({ token }) => look(app, event.id, token)))
    const called = rooms.filter(({ state }) => state === 'ADMITTED')
    expect(called).toHaveLength(1)
    const positions = rooms.map(({ position }) => position ?? 0)
    expect([...positions].sort((a, b) => a - b)).toEqual(Array.from({ length: 40 }, (_, n) => n))
    expect(positions).not.toEqual([...positions].sort((a, b) => a - b))
    // Had the first half stayed in front, the sum of its places would be 190; the draw makes it about 390.
    const firstHalf = positions.slice(0, 20).reduce((sum, position) => sum + position, 0)
    expect(firstHalf).toBeGreaterThan(200)
    expect(late.map(({ room }) => room.position)).toEqual([40, 41, 42])
    expect(rooms[0].opensAt).toBeNull()
  })

  test('joining and leaving again draws no better place', async () => {
    const { event } = await guarded(app, { salesStartAt: inSeconds(60), waitingRoomRate: 1 })
    const people = await crowd(app, event.id, 12)
    const { token } = await signUp(app)
    const redraw = async () => {
      await app.call('LeaveWaitingRoom', { eventId: event.id }, { token })
      await join(app, event.id, null, { token })
      const [, waiting] = keysOf(event.id)
      const order = await app.app.deps.redis.zrangeBuffer(waiting ?? '', 0, -1)
      return order.findIndex((member) => member[0] === 'a'.charCodeAt(0))
    }
    const first = await redraw()
    for (let n = 0; n < 3; n++) expect(await redraw()).toBe(first)
    expect(people).toHaveLength(12)
  })
})

describe('the rate', () => {
  test('is kept over a minute, smoothly, and makes up for no time in which nobody looked', async () => {
    const { event } = await guarded(app, { waitingRoomRate: 120 })
    const people = await crowd(app, event.id, 150)
    const room = await app.app.deps.waitingRooms.settings(event.id)
    if (!room) throw new Error('There is no room.')
    const served = async () => (await app.app.deps.waitingRooms.visit(room, null)).served
    expect(await served()).toBe(1)
    for (let second = 1; second <= 60; second++) {
      time.advance(1)
      expect(await served()).toBe(1 + 2 * second)
    }
    time.advance(60)
    expect(await served()).toBe(123)
    expect(people).toHaveLength(150)
  })

  test('is zero while the room is paused, and there is no burst when it goes on', async () => {
    const { event } = await guarded(app)
    const [, second] = await crowd(app, event.id, 5)
    await setRoom(app, event.id, { waitingRoomPaused: true })
    for (let n = 0; n < 5; n++) {
      time.advance(60)
      expect(await look(app, event.id, second?.token ?? '')).toMatchObject({ state: 'PAUSED', position: 1 })
    }
    await setRoom(app, event.id, { waitingRoomPaused: false })
    const late = await crowd(app, event.id, 2)
    expect(late.map(({ room }) => room.position)).toEqual([5, 6])
    time.advance(1)
    expect((await look(app, event.id, second?.token ?? '')).state).toBe('ADMITTED')
    expect((await look(app, event.id, late[1]?.token ?? '')).position).toBe(5)
  })

  test('keeps three quarters of the capacity shopping: who buys, gives up or runs out of time makes room', async () => {
    const { event, category } = await guarded(app, { waitingRoomRate: 6_000, waitingRoomCapacity: 4 })
    const people = await crowd(app, event.id, 9)
    const states = async () => {
      const rooms = await Promise.all(people.map(({ token }) => look(app, event.id, token)))
      return rooms.map(({ state, joined }) => (joined ? state : '-')).join(' ')
    }
    time.advance(5)
    await states()
    time.advance(5)
    expect(await states()).toBe('ADMITTED ADMITTED ADMITTED WAITING WAITING WAITING WAITING WAITING WAITING')
    const [first, second] = people
    const { admissionToken } = await look(app, event.id, first?.token ?? '')
    expect((await buy(app, category, admissionToken)).__typename).toBe('Order')
    await app.call('LeaveWaitingRoom', { eventId: event.id, token: second?.token })
    time.advance(5)
    await states()
    expect(await states()).toBe('- - ADMITTED ADMITTED ADMITTED WAITING WAITING WAITING WAITING')
    time.advance(600)
    await states()
    expect(await states()).toBe('- - - - - ADMITTED ADMITTED ADMITTED WAITING')
  })

  test('is not held up by people who were called and are not there', async () => {
    const { event } = await guarded(app, { waitingRoomRate: 6_000, waitingRoomCapacity: 4 })
    const people = await crowd(app, event.id, 8)
    const { token } = people[7] ?? { token: '' }
    const { token: absent } = people[1] ?? { token: '' }
    time.advance(1)
    expect((await look(app, event.id, token)).position).toBe(5)
    time.advance(61)
    expect((await look(app, event.id, token)).position).toBe(3)
    time.advance(61)
    expect((await look(app, event.id, token)).position).toBe(1)
    // The call waits as long as an admission lasts.
    expect((await look(app, event.id, absent)).state).toBe('ADMITTED')
  })

  test('is halved when checkout is busy, and comes back', async () => {
    const { event } = await guarded(app)
    await crowd(app, event.id, 3)
    const room = await app.app.deps.waitingRooms.settings(event.id)
    if (!room) throw new Error('There is no room.')
    const rate = async () => (await app.app.deps.waitingRooms.visit(room, null)).rate
    expect(await rate()).toBe(60)
    const { orderWriter } = app.app.deps
    const place = orderWriter.place
    Object.assign(orderWriter, { place: () => Promise.reject(new Busy()) })
    try {
      expect((await order(app, { eventId: event.id, id: newId() })).status).toBe(503)
    } finally {
      Object.assign(orderWriter, { place })
    }
    expect(await rate()).toBe(30)
    time.advance(1)
    expect(await rate()).toBeCloseTo(16.5)
    for (let n = 0; n < 30; n++) {
      time.advance(1)
      await rate()
    }
    expect(await rate()).toBe(60)
  })
})

describe('sold out', () => {
  test('is said to everybody, nobody is let in meanwhile, and the queue moves again when stock returns', async () => {
    const { event, category } = await guarded(app, {}, 1)
    const [first, second, third] = await crowd(app, event.id, 3)
    const placed = await buy(app, category, first?.room.admissionToken)
    expect(placed.__typename).toBe('Order')
    time.advance(60)
    for (const one of [second, third])
      expect(await look(app, event.id, one?.token ?? '')).toMatchObject({ state: 'SOLD_OUT', position: null })
    expect(await look(app, event.id, null)).toMatchObject({ state: 'SOLD_OUT' })
    const status = await app.call('WaitingRoomState', { eventId: event.id }, { method: 'GET' })
    expect(status.body.data.waitingRoomStatus).toMatchObject({ state: 'SOLD_OUT', served: 1, waiting: 2 })
    const input = { orderId: placed.id, accessToken: placed.accessToken }
    await app.call('CancelOrder', { input, idempotencyKey: key() })
    time.advance(1)
    expect((await look(app, event.id, third?.token ?? '')).state).toBe('WAITING')
    expect((await look(app, event.id, second?.token ?? '')).state).toBe('ADMITTED')
  })
})

describe('what a queue costs', () => {
  test('joining and polling cost no SQL; settings are read once for all of them', async () => {
    const { event } = await guarded(app, { waitingRoomRate: 600 })
    const [one] = await crowd(app, event.id, 5)
    const statements = await statementsOf(async () => {
      await crowd(app, event.id, 10)
      for (let n = 0; n < 20; n++) await look(app, event.id, one?.token ?? '')
      await app.call('WaitingRoomState', { eventId: event.id })
    })
    expect(statements).toEqual([])
    time.advance(1)
    const later = await statementsOf(async () => {
      await Promise.all(Array.from({ length: 10 }, () => look(app, event.id, one?.token ?? '')))
    })
    expect(later.filter((sql) => sql.includes('waiting_room_rate'))).toHaveLength(1)
  })

  test('the public state may be kept for a second by everybody, a place by nobody', async () => {
    const { event } = await guarded(app)
    const { token } = await join(app, event.id)
    const state = await app.call('WaitingRoomState', { eventId: event.id }, { method: 'GET' })
    expect(state.headers.get('cache-control')).toBe('public, max-age=1, stale-if-error=10')
    expect(Object.keys(state.body.data.waitingRoomStatus).sort()).toEqual(
      ['__typename', 'asOf', 'eventId', 'opensAt', 'served', 'state', 'waiting'].sort(),
    )
    for (const variables of [{ eventId: event.id, token }, { eventId: event.id }]) {
      const own = await app.call('WaitingRoom', variables)
      expect(own.headers.get('cache-control')).toBe('no-store')
      expect(own.body.data.waitingRoom.state).toBe('token' in variables ? 'ADMITTED' : 'WAITING')
      // A token in an address would stand in logs and histories.
      const inAddress = await app.call('WaitingRoom', variables, { method: 'GET' })
      expect(inAddress.status).toBe(405)
      expect(inAddress.headers.get('allow')).toBe('POST')
      expect(inAddress.body.errors[0].extensions.code).toBe('POST_REQUIRED')
      expect(JSON.stringify(inAddress.body)).not.toContain(token)
    }
  })

  test('every key of a room expires', async () => {
    const { event, category } = await guarded(app)
    const [first] = await crowd(app, event.id, 4)
    time.advance(2)
    await look(app, event.id, first?.token ?? '')
    await buy(app, category, first?.room.admissionToken)
    const keys = await app.app.deps.redis.keys(`karcis:{room-${event.id}}:*`)
    expect(keys.length).toBeGreaterThanOrEqual(3)
    for (const name of keys) expect(await app.app.deps.redis.ttl(name), name).toBeGreaterThan(0)
  })

  test('of 150 joins at once from one network 100 pass; an account joins ten times in two seconds', async () => {
    const { event } = await guarded(app)
    const headers = { 'X-Forwarded-For': '203.0.113.9' }
    const from = await Promise.all(
      Array.from({ length: 150 }, () => joining(app, event.id, null, { headers })),
    )
    expect(from.filter(({ status }) => status === 200)).toHaveLength(100)
    expect(from.filter(({ status }) => status === 429)).toHaveLength(50)
    const { token } = await signUp(app)
    const own = await Promise.all(Array.from({ length: 15 }, () => joining(app, event.id, null, { token })))
    expect(own.filter(({ status }) => status === 429)).toHaveLength(5)
  })

  test('the metrics show people by state and the rate', async () => {
    const { event, category } = await guarded(app, { waitingRoomRate: 120 })
    const [first] = await crowd(app, event.id, 4)
    await buy(app, category, first?.room.admissionToken)
    time.advance(1)
    await look(app, event.id, null)
    await app.call('WaitingRoomState', { eventId: event.id })
    const text = await (await fetch(`${app.url}/metrics`)).text()
    const lines = text.split('\n').filter((line) => line.includes(event.id))
    const of = (state: string) => `karcis_waiting_room_people{event="${event.id}",state="${state}"}`
    expect(lines).toEqual(
      expect.arrayContaining([
        `${of('waiting')} 1`,
        `${of('called')} 2`,
        `${of('admitted')} 0`,
        `${of('served')} 3`,
        `${of('spent')} 1`,
        `${of('abandoned')} 0`,
        `karcis_waiting_room_rate{event="${event.id}"} 120`,
      ]),
    )
  })
})

describe('staff', () => {
  const SELECT = `... on StaffWaitingRoom {
    state rate paused capacity currentRate waiting called admitted served spent abandoned }`

  test('open, change, pause, resume and close the room; each change is audited and seen at once', async () => {
    const { event, category, organizerId } = await guarded(app, { waitingRoomRate: null })
    const { token, id: actorId } = await hire(app, 'MANAGER', organizerId)
    const run = (name: string, args: object) => resultOf(app, name, args, token, SELECT)
    const eventId = event.id
    expect(await run('openWaitingRoom', { input: { eventId, rate: 30, capacity: 8 } })).toMatchObject({
      __typename: 'StaffWaitingRoom',
      state: 'WAITING',
      rate: 30,
      paused: false,
      capacity: 8,
      currentRate: 30,
      waiting: 0,
    })
    expect((await buy(app, category, null)).__typename).toBe('AdmissionRequiredError')
    const [first] = await crowd(app, eventId, 3)
    await buy(app, category, first?.room.admissionToken)
    expect(await run('openWaitingRoom', { input: { eventId, rate: 60 } })).toMatchObject({
      rate: 60,
      capacity: 8,
    })
    expect(await run('pauseWaitingRoom', { eventId })).toMatchObject({ state: 'PAUSED', currentRate: 0 })
    expect((await look(app, eventId, null)).state).toBe('PAUSED')
    expect(await run('resumeWaitingRoom', { eventId })).toMatchObject({
      state: 'WAITING',
      waiting: 2,
      spent: 1,
    })
    const { body } = await app.query(
      'query ($id: ID!) { staffWaitingRoom(eventId: $id) { state waiting served spent rate lastMinute } }',
      { id: eventId },
      { token },
    )
    expect(body.data.staffWaitingRoom).toMatchObject({ state: 'WAITING', waiting: 2, served: 1, spent: 1 })
    expect(await run('closeWaitingRoom', { eventId })).toMatchObject({
      state: 'INACTIVE',
      rate: null,
      waiting: null,
    })
    expect((await buy(app, category, null)).__typename).toBe('Order')
    const trail = await app.prisma.auditEntry.findMany({
      where: { targetId: eventId },
      orderBy: { id: 'asc' },
    })
    expect(trail.map(({ action, data }) => [action, data])).toEqual([
      ['waiting_room.open', { waitingRoomRate: 30, waitingRoomCapacity: 8 }],
      ['waiting_room.open', { waitingRoomRate: 60 }],
      ['waiting_room.pause', { waitingRoomPaused: true }],
      ['waiting_room.resume', { waitingRoomPaused: false }],
      ['waiting_room.close', { waitingRoomRate: null }],
    ])
    for (const entry of trail) expect(entry.actorId).toBe(actorId)
  })

  test('are told what is wrong with rate and capacity, and cannot pause what is not open', async () => {
    const { event, organizerId } = await guarded(app, { waitingRoomRate: null })
    const { token } = await hire(app, 'OWNER', organizerId)
    const eventId = event.id
    for (const bad of [{ rate: 0 }, { rate: -1 }, { rate: 100_001 }, { rate: 1, capacity: 0 }]) {
      const { body } = await mutate(app, 'openWaitingRoom', { input: { eventId, ...bad } }, token)
      expect(body.data.result.code).toBe('VALIDATION_FAILED')
    }
    const { body } = await mutate(app, 'pauseWaitingRoom', { eventId }, token)
    expect(body.data.result).toMatchObject({ code: 'VALIDATION_FAILED', path: ['eventId'] })
  })
})

test('tokens from before a rotation of LINK_SECRET are good while it is named, and no longer', async () => {
  const { event, category } = await guarded(app, { waitingRoomRate: 6_000 })
  const { token, room } = await join(app, event.id)
  const rotated = async (previous: string) => {
    const next = await startApp({
      environment: {
        DATABASE_URL: app.databaseUrl,
        REDIS_URL: app.environment['REDIS_URL'] ?? '',
        LINK_SECRET: 'another-link-secret-0123456789-0123456789-0123456789',
        PREVIOUS_LINK_SECRET: previous,
      },
    })
    next.clock.now = app.clock.now
    return next
  }
  const stranger = await rotated('')
  const heir = await rotated(app.environment['LINK_SECRET'] ?? '')
  try {
    expect(await look(stranger, event.id, token)).toBeNull()
    expect((await buy(stranger, category, room.admissionToken)).__typename).toBe('AdmissionRequiredError')
    const own = await look(heir, event.id, token)
    expect(own.state).toBe('ADMITTED')
    expect(own.admissionToken).not.toBe(room.admissionToken)
    expect((await buy(heir, category, room.admissionToken)).__typename).toBe('Order')
    // Signed anew it is still the same admission.
    expect((await buy(heir, category, own.admissionToken)).__typename).toBe('AdmissionRequiredError')
  } finally {
    await stranger.close()
    await heir.close()
  }
})
