// A waiting room lives in Redis: what happens to people when that is emptied, killed or hangs.
import { afterEach, expect, test } from 'vitest'
import { startApp, type TestApp } from '../setup/app.ts'
import { expectInvariants } from '../setup/oracle.ts'
import { type PrivateRedis, privateRedis } from '../setup/private-redis.ts'
import { admitted, buy, crowd, guarded, join, joining, look, looking, standStill } from '../setup/queue.ts'
import { eventually } from '../setup/shop.ts'
import { hire, signUp } from '../setup/staff.ts'

const closings: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closings.splice(0).reverse()) await close()
})

async function anApp(): Promise<{ app: TestApp; redis: PrivateRedis; time: ReturnType<typeof standStill> }> {
  const redis = await privateRedis()
  closings.push(() => redis.stop())
  const app = await startApp({ environment: { REDIS_URL: redis.url } })
  closings.push(() => app.close())
  return { app, redis, time: standStill(app) }
}

test('Redis emptied in mid-sale: everybody gets the old place back by the token, before whoever comes later', async () => {
  const { app, redis, time } = await anApp()
  const { event, category } = await guarded(app, { waitingRoomRate: 6 })
  const buyer = await join(app, event.id)
  const people = await crowd(app, event.id, 8)
  const { token } = await signUp(app)
  const account = await join(app, event.id, null, { token })
  expect(account.room.position).toBe(9)
  await redis.client.flushall()
  time.advance(1)
  // Somebody new is faster than all the others, and is let in: nobody else is there.
  expect((await join(app, event.id)).room.state).toBe('ADMITTED')
  const stranger = await join(app, event.id)
  expect(stranger.room.position).toBe(1)
  // They come back in any order.
  for (const { token } of [...people].reverse()) await look(app, event.id, token)
  expect((await look(app, event.id, account.token, { token })).position).toBe(9)
  const positions = []
  for (const { token } of people) positions.push((await look(app, event.id, token)).position)
  expect(positions).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
  expect((await look(app, event.id, stranger.token)).position).toBe(10)
  // An admission of before needs no Redis.
  expect((await buy(app, category, buyer.room.admissionToken)).__typename).toBe('Order')
  await expectInvariants(app.prisma)
}, 60_000)

test('Redis emptied: a place that has bought may be given back, and buys nothing more', async () => {
  const { app, redis, time } = await anApp()
  const { event, category } = await guarded(app, { waitingRoomRate: 6_000 })
  const { token, room } = await join(app, event.id)
  expect((await buy(app, category, room.admissionToken)).__typename).toBe('Order')
  await redis.client.flushall()
  time.advance(5)
  const again = await look(app, event.id, token)
  expect(again.state).toBe('ADMITTED')
  expect(again.admissionToken).not.toBe(room.admissionToken)
  expect((await buy(app, category, again.admissionToken)).__typename).toBe('AdmissionRequiredError')
  await expectInvariants(app.prisma)
}, 60_000)

test('Redis emptied before the opening: everybody keeps the draw', async () => {
  const { app, redis, time } = await anApp()
  const opensAt = new Date(app.clock.now().getTime() + 60_000)
  const { event } = await guarded(app, { waitingRoomRate: 1, salesStartAt: opensAt })
  const people = await crowd(app, event.id, 12)
  const draw = () => redis.client.zrangeBuffer(`karcis:{room-${event.id}}:waiting`, 0, -1)
  const before = await draw()
  await redis.client.flushall()
  for (const { token } of people) await look(app, event.id, token)
  expect(await draw()).toEqual(before)
  await redis.client.flushall()
  time.advance(61)
  await join(app, event.id)
  for (const { token } of people) await look(app, event.id, token)
  expect((await draw()).map(String)).toEqual(before.map(String))
}, 60_000)

test('while Redis is away joining and polling are refused as unavailable, the admitted buy, and the state is shown', async () => {
  const { app, redis } = await anApp()
  const { event, category, organizerId } = await guarded(app)
  const staff = await hire(app, 'OWNER', organizerId)
  const admissionToken = await admitted(app, event.id)
  const { token } = await join(app, event.id)
  await redis.kill()
  for (let n = 0; n < 5; n++) {
    const joined = await joining(app, event.id)
    expect(joined.status).toBe(200)
    expect(joined.body.data.joinWaitingRoom).toMatchObject({
      __typename: 'WaitingRoomUnavailableError',
      code: 'WAITING_ROOM_UNAVAILABLE',
      retryAfterSeconds: 2,
    })
    const looked = await looking(app, event.id, token)
    expect(looked.status).toBe(200)
    expect(looked.body).toMatchObject({
      data: { waitingRoom: null },
      errors: [{ extensions: { code: 'WAITING_ROOM_UNAVAILABLE' } }],
    })
  }
  const state = await app.call('WaitingRoomState', { eventId: event.id }, { method: 'GET' })
  expect(state.body.data.waitingRoomStatus).toMatchObject({ state: 'WAITING', waiting: null, served: null })
  const document = 'query ($id: ID!) { staffWaitingRoom(eventId: $id) { rate waiting } }'
  const seen = await app.query(document, { id: event.id }, { token: staff.token })
  expect(seen.body.data.staffWaitingRoom).toEqual({ rate: 60, waiting: null })
  expect((await buy(app, category, admissionToken)).__typename).toBe('Order')
  expect((await buy(app, category, admissionToken)).__typename).toBe('AdmissionRequiredError')
  await redis.start()
  await eventually(async () => (await looking(app, event.id, token)).body.data.waitingRoom?.position === 1)
  await expectInvariants(app.prisma)
}, 60_000)

test('a Redis that hangs holds nobody up for long, and the room goes on when it does', async () => {
  const { app, redis } = await anApp()
  const { event } = await guarded(app)
  await crowd(app, event.id, 1)
  const { token } = await join(app, event.id)
  redis.freeze()
  try {
    const began = performance.now()
    for (let n = 0; n < 30; n++) {
      const { status, body } = await looking(app, event.id, token)
      expect(status).toBe(200)
      expect(body.errors[0].extensions.code).toBe('WAITING_ROOM_UNAVAILABLE')
    }
    // The connection itself is given up after 5 seconds; nobody waited for that.
    expect(performance.now() - began).toBeLessThan(4_500)
  } finally {
    redis.thaw()
  }
  await eventually(async () => (await looking(app, event.id, token)).body.data.waitingRoom?.position === 1)
}, 60_000)

test('polls go on while the database is away, by the settings of before', async () => {
  const { app, time } = await anApp()
  const { event } = await guarded(app)
  const [, second] = await crowd(app, event.id, 2)
  const { prisma } = app.app.deps
  const { findUnique } = prisma.event
  Object.assign(prisma.event, { findUnique: () => Promise.reject(new Error('no database')) })
  try {
    time.advance(2)
    expect((await look(app, event.id, second?.token ?? '')).state).toBe('ADMITTED')
  } finally {
    Object.assign(prisma.event, { findUnique })
  }
}, 60_000)
