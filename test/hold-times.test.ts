// How long a hold is one, and what its key answers whatever has become of the sale.
import { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startApp, type TestApp } from './setup/app.ts'
import { buyHeld, end, hold, holding, selling } from './setup/holding.ts'
import { expectInvariants } from './setup/oracle.ts'
import { admitted, guarded, standStill } from './setup/queue.ts'
import { eventually, key } from './setup/shop.ts'
import { metric } from './setup/wire.ts'

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

const device = () => ({ deviceId: `device-${key()}` })
const secondsLeft = ({ expiresAt }: { expiresAt: string }) =>
  (new Date(expiresAt).getTime() - app.clock.now().getTime()) / 1_000

describe('a key answers with its hold', () => {
  test('when the sale is over since', async () => {
    const category = await selling(app, 5)
    const [input, once] = [device(), key()]
    const first = await holding(app, category, input, once)
    const salesEndAt = app.clock.now()
    await app.prisma.ticketCategory.update({ where: { id: category.id }, data: { salesEndAt } })
    expect((await hold(app, category)).code).toBe('SALE_CLOSED')
    const again = await holding(app, category, input, once)
    expect(again.body).toEqual(first.body)
    expect(again.headers.get('idempotent-replayed')).toBe('true')
  })

  test('when its admission has bought since', async () => {
    const { event, category } = await guarded(app, {}, 5)
    const input = { ...device(), admissionToken: await admitted(app, event.id) }
    const once = key()
    const first = await hold(app, category, input, once)
    expect((await buyHeld(app, category, { holdId: first.id })).id).toBeDefined()
    expect(await hold(app, category, input, once)).toEqual(first)
  })
})

test('a hold that is replaced again and again ends after twice its time, extended or not', async () => {
  const category = await selling(app, 1)
  const input = device()
  expect(secondsLeft(await hold(app, category, input))).toBe(300)
  time.advance(250)
  expect(secondsLeft(await hold(app, category, input))).toBe(300)
  time.advance(250)
  const last = await hold(app, category, input)
  expect(secondsLeft(last)).toBe(100)
  expect(secondsLeft(await end(app, 'ExtendHold', last.id))).toBe(100)
  const same = await hold(app, category, input)
  expect((await end(app, 'ExtendHold', same.id)).code).toBe('HOLD_EXTENDED')
  time.advance(100)
  expect((await buyHeld(app, category)).id).toBeDefined()
})

test('a hold that would end while its order waits ends with the order, and is nobody else’s meanwhile', async () => {
  const category = await selling(app, 1)
  const held = await hold(app, category)
  time.advance(299)
  const locker = new Client({ connectionString: app.databaseUrl })
  await locker.connect()
  await locker.query('BEGIN')
  await locker.query('SELECT 1 FROM ticket_category WHERE id = $1 FOR UPDATE', [category.id])
  const order = buyHeld(app, category, { holdId: held.id })
  const waiting = `SELECT 1 FROM pg_locks WHERE NOT granted`
  await eventually(async () => (await locker.query(waiting)).rowCount !== 0)
  time.advance(2)
  expect((await hold(app, category)).code).toBe('SOLD_OUT')
  expect((await end(app, 'ReleaseHold', held.id)).code).toBe('NOT_FOUND')
  await locker.query('ROLLBACK')
  await locker.end()
  expect((await order).id).toBeDefined()
})

test('a refused order leaves a hold no longer than it was', async () => {
  const category = await selling(app, 1)
  const held = await hold(app, category)
  time.advance(299)
  const refused = await buyHeld(app, category, { holdId: held.id, expectedTotal: '1' })
  expect(refused.code).toBe('PRICE_CHANGED')
  expect((await buyHeld(app, category)).code).toBe('SOLD_OUT')
  time.advance(1)
  expect((await buyHeld(app, category)).id).toBeDefined()
})

test('what others hold is called so, and what is gone is called gone', async () => {
  const category = await selling(app, 2)
  await hold(app, category)
  const two = { tickets: [{ ticketCategoryId: category.id, quantity: 2 }] }
  for (const answer of [await hold(app, category, two), await buyHeld(app, category, two)])
    expect(answer).toMatchObject({ remaining: 1, message: 'Only 1 left right now. More may come back.' })
  const { id: holdId } = await hold(app, category)
  for (const answer of [await hold(app, category), await buyHeld(app, category)])
    expect(answer).toMatchObject({ remaining: 0, message: expect.stringContaining('Others hold all') })
  await buyHeld(app, category, { holdId })
  time.advance(300)
  await buyHeld(app, category)
  for (const answer of [await hold(app, category), await buyHeld(app, category)])
    expect(answer).toMatchObject({ remaining: 0, message: 'This is sold out.' })
})

test('metrics say how much is held, and what has become of it', async () => {
  const outcome = async (name: string): Promise<number> => {
    const { values } = await app.app.deps.metrics.holds.get()
    return values.find(({ labels }) => labels.outcome === name)?.value ?? 0
  }
  time.advance(300)
  const category = await selling(app, 9)
  const [expired, used] = [await outcome('expired'), await outcome('used')]
  const two = { tickets: [{ ticketCategoryId: category.id, quantity: 2 }] }
  await hold(app, category, two)
  const { id: holdId } = await hold(app, category, two)
  const before = await outcome('expired')
  expect(before).toBeGreaterThanOrEqual(expired)
  expect([await metric(app, 'karcis_active_holds'), await metric(app, 'karcis_held_units')]).toEqual([2, 4])
  await buyHeld(app, category, { ...two, holdId })
  expect([await metric(app, 'karcis_active_holds'), await metric(app, 'karcis_held_units')]).toEqual([1, 2])
  time.advance(300)
  await buyHeld(app, category)
  expect([await outcome('expired'), await outcome('used')]).toEqual([before + 1, used + 1])
  expect(await metric(app, 'karcis_held_units')).toBe(0)
})
