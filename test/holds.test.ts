import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startApp, type TestApp } from './setup/app.ts'
import { addCategory, addEvent, addItem, addOrganizer } from './setup/catalogue.ts'
import { buyHeld, end, hold, holding, selling } from './setup/holding.ts'
import { expectInvariants } from './setup/oracle.ts'
import { admitted, guarded, standStill } from './setup/queue.ts'
import { guest, key } from './setup/shop.ts'
import { signUp } from './setup/staff.ts'

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

const some = (id: string, quantity: number) => ({ tickets: [{ ticketCategoryId: id, quantity }] })

describe('what is held', () => {
  test('is for nobody else, and is for sale again when its time is over', async () => {
    const category = await selling(app, 3)
    const held = await hold(app, category, some(category.id, 2))
    expect(new Date(held.expiresAt).getTime() - app.clock.now().getTime()).toBe(300_000)
    const two = await buyHeld(app, category, some(category.id, 2))
    expect(two).toMatchObject({ code: 'SOLD_OUT', itemId: category.id, remaining: 1 })
    expect(await hold(app, category, some(category.id, 2))).toMatchObject({ code: 'SOLD_OUT', remaining: 1 })
    time.advance(299)
    expect((await buyHeld(app, category, some(category.id, 2))).code).toBe('SOLD_OUT')
    time.advance(1)
    expect((await buyHeld(app, category, { holdId: held.id })).code).toBe('HOLD_EXPIRED')
    expect((await buyHeld(app, category, some(category.id, 3))).id).toBeDefined()
  })

  test('is what its buyer can order, and the order uses the hold up', async () => {
    const category = await selling(app, 2)
    const held = await hold(app, category)
    expect((await buyHeld(app, category)).id).toBeDefined()
    expect((await buyHeld(app, category)).code).toBe('SOLD_OUT')
    const input = { holdId: held.id, buyer: guest() }
    const once = key()
    const placed = await buyHeld(app, category, input, once)
    expect(placed.id).toBeDefined()
    // The hold is gone, and its order is still the answer of its key.
    expect((await buyHeld(app, category, input, once)).id).toBe(placed.id)
    expect((await buyHeld(app, category, input)).code).toBe('HOLD_EXPIRED')
  })

  test('comes free with the order that used it, and is not counted twice', async () => {
    const category = await selling(app, 2)
    const held = await hold(app, category)
    expect((await buyHeld(app, category, { holdId: held.id })).id).toBeDefined()
    expect((await buyHeld(app, category)).id).toBeDefined()
  })

  test('stays after an order that was refused, for another one', async () => {
    const category = await selling(app, 1)
    const held = await hold(app, category)
    const refused = await buyHeld(app, category, { holdId: held.id, expectedTotal: '1' })
    expect(refused.code).toBe('PRICE_CHANGED')
    expect((await buyHeld(app, category, { holdId: held.id })).id).toBeDefined()
  })

  test('is all of it or nothing, tickets and merchandise, also for who orders at another event', async () => {
    const organizer = await addOrganizer(app)
    const [event, other] = [await addEvent(app, organizer.id), await addEvent(app, organizer.id)]
    const category = await addCategory(app, event.id, { quota: 5 })
    const { variants } = await addItem(app, organizer.id, {}, { stock: 1, remaining: 1 })
    const variantId = variants[0]?.id ?? ''
    const shirt = { merchandise: [{ variantId, quantity: 1 }] }
    const held = await hold(app, category, { ...some(category.id, 2), ...shirt })
    expect(held).toMatchObject({
      eventId: event.id,
      tickets: [{ itemId: category.id, quantity: 2 }],
      merchandise: [{ itemId: variantId, quantity: 1 }],
    })
    expect(await hold(app, category, { ...some(category.id, 3), ...shirt })).toMatchObject({
      itemId: variantId,
    })
    // Nothing of the refused one is held.
    expect((await buyHeld(app, category, some(category.id, 3))).id).toBeDefined()
    for (const eventId of [other.id, null])
      expect((await buyHeld(app, category, { eventId, tickets: [], ...shirt })).code).toBe('SOLD_OUT')
  })
})

describe('a buyer', () => {
  test('has one hold an event: a new one replaces it, and leaves it as it is when refused', async () => {
    const category = await selling(app, 3)
    const { token } = await signUp(app)
    const first = await hold(app, category, some(category.id, 2), key(), { token })
    const second = await hold(app, category, some(category.id, 3), key(), { token })
    expect(second.id).not.toBe(first.id)
    expect((await end(app, 'ReleaseHold', first.id, { token })).code).toBe('NOT_FOUND')
    expect((await hold(app, category, some(category.id, 4), key(), { token })).code).toBe('SOLD_OUT')
    expect((await buyHeld(app, category)).code).toBe('SOLD_OUT')
    expect((await end(app, 'ReleaseHold', second.id, { token })).id).toBe(second.id)
    expect((await buyHeld(app, category)).id).toBeDefined()
  })

  test('who is a guest has one by device', async () => {
    const category = await selling(app, 1)
    const deviceId = `device-${key()}`
    const first = await hold(app, category, { deviceId })
    const second = await hold(app, category, { deviceId })
    expect((await buyHeld(app, category, { holdId: first.id })).code).toBe('HOLD_EXPIRED')
    expect((await buyHeld(app, category, { holdId: second.id })).id).toBeDefined()
  })

  test("cannot use, extend or release an account's hold", async () => {
    const category = await selling(app, 1)
    const { token } = await signUp(app)
    const { token: other } = await signUp(app)
    const held = await hold(app, category, {}, key(), { token })
    for (const options of [{}, { token: other }]) {
      expect((await end(app, 'ReleaseHold', held.id, options)).code).toBe('NOT_FOUND')
      expect((await end(app, 'ExtendHold', held.id, options)).code).toBe('HOLD_EXPIRED')
    }
    expect((await buyHeld(app, category, { holdId: held.id })).code).toBe('HOLD_EXPIRED')
  })

  test('cannot use a hold at another event', async () => {
    const [category, other] = [await selling(app, 1), await selling(app, 1)]
    const held = await hold(app, category)
    expect((await buyHeld(app, other, { holdId: held.id })).code).toBe('HOLD_EXPIRED')
  })

  test('makes a hold longer once', async () => {
    const category = await selling(app, 1)
    const held = await hold(app, category)
    time.advance(200)
    const longer = await end(app, 'ExtendHold', held.id)
    expect(new Date(longer.expiresAt).getTime() - app.clock.now().getTime()).toBe(300_000)
    expect((await end(app, 'ExtendHold', held.id)).code).toBe('HOLD_EXTENDED')
    time.advance(299)
    expect((await buyHeld(app, category)).code).toBe('SOLD_OUT')
    time.advance(1)
    expect((await end(app, 'ExtendHold', held.id)).code).toBe('HOLD_EXPIRED')
    expect((await buyHeld(app, category)).id).toBeDefined()
  })
})

describe('a batch of orders', () => {
  /** One that may take so many, and what it is told is not for it. */
  async function begin(id: string, quantity: number) {
    const demand = { itemId: id, quantity, attendeeNames: [], path: [] }
    const cart = { eventId: null, tickets: [demand], merchandise: [] }
    const flight = app.app.deps.orderHolds.begin([{ cart, hold: null }])
    return { kept: (await flight.held).get(id) ?? 0, end: () => flight.end([]) }
  }

  test('leaves what is held, and what those may take who did not know of it when they began', async () => {
    const category = await selling(app, 10)
    const before = await begin(category.id, 2)
    expect(before.kept).toBe(0)
    expect((await hold(app, category, some(category.id, 3))).id).toBeDefined()
    const behind = await begin(category.id, 1)
    expect(behind.kept).toBe(5)
    // Who began behind the hold has left it its units.
    const last = await begin(category.id, 1)
    expect(last.kept).toBe(5)
    await before.end()
    const later = await begin(category.id, 1)
    expect(later.kept).toBe(3)
    for (const batch of [behind, last, later]) await batch.end()
  })

  test('counts what it sold once, however many others did since somebody asked', async () => {
    const category = await selling(app, 10)
    const { holds } = app.app.deps
    const claim = { id: key(), mutation: 'placeHold', inputHash: key() }
    const sold = async () => {
      const asked = await holds.ask(claim, key(), [category.id])
      return 'sold' in asked ? asked.sold.get(category.id) : asked
    }
    const end = (units: number) => holds.end({ id: key(), used: [], sold: new Map([[category.id, units]]) })
    for (let batch = 1; batch <= 250; batch++) await end(2)
    for (const _ of [1, 2]) expect(await sold()).toBe(500)
    await end(3)
    for (const _ of [1, 2]) expect(await sold()).toBe(503)
  })

  test('that has ended is not remembered', async () => {
    const category = await selling(app, 10)
    const batch = await begin(category.id, 7)
    expect((await hold(app, category, some(category.id, 4))).code).toBe('SOLD_OUT')
    await batch.end()
    expect((await hold(app, category, some(category.id, 4))).id).toBeDefined()
  })
})

test('the same key gives the same hold and says so, and with other input it conflicts', async () => {
  const category = await selling(app, 4)
  const { token } = await signUp(app)
  const once = key()
  const first = await holding(app, category, {}, once, { token })
  const again = await holding(app, category, {}, once, { token })
  expect(first.headers.get('idempotent-replayed')).toBeNull()
  expect(again.headers.get('idempotent-replayed')).toBe('true')
  expect(again.body).toEqual(first.body)
  expect((await hold(app, category, some(category.id, 2), once, { token })).code).toBe('IDEMPOTENCY_CONFLICT')
  const { id } = first.body.data.placeHold
  const release = key()
  for (const _ of [1, 2]) expect((await end(app, 'ReleaseHold', id, { token }, release)).id).toBe(id)
  expect((await end(app, 'ReleaseHold', id, { token })).code).toBe('NOT_FOUND')
  // What was refused had no effect, so it is asked anew.
  const retried = key()
  const others = await hold(app, category, some(category.id, 4))
  expect((await hold(app, category, {}, retried, { token })).code).toBe('SOLD_OUT')
  await end(app, 'ReleaseHold', others.id)
  expect((await hold(app, category, {}, retried, { token })).id).toBeDefined()
})

test('a hold is refused by the rules of an order', async () => {
  const organizer = await addOrganizer(app)
  const event = await addEvent(app, organizer.id)
  const draft = await addEvent(app, organizer.id, { status: 'DRAFT' })
  const few = await addCategory(app, event.id, { maxPerOrder: 2 })
  const later = await addCategory(app, event.id, {
    salesStartAt: new Date(app.clock.now().getTime() + 60_000),
  })
  const hidden = await addCategory(app, draft.id)
  expect(await hold(app, few, some(few.id, 3))).toMatchObject({ code: 'LIMIT_EXCEEDED', limit: 2 })
  expect(await hold(app, later)).toMatchObject({ code: 'SALE_CLOSED', itemId: later.id })
  for (const wrong of [hidden, { ...few, eventId: key() }, { ...few, id: key() }])
    expect((await holding(app, wrong)).body.data.placeHold.code).toBe('VALIDATION_FAILED')
})

test('an admission holds, once at a time, and the order needs no other', async () => {
  const { event, category } = await guarded(app, {}, 5)
  expect((await hold(app, category)).code).toBe('ADMISSION_REQUIRED')
  const admissionToken = await admitted(app, event.id)
  const first = await hold(app, category, { admissionToken })
  const second = await hold(app, category, { admissionToken })
  expect((await buyHeld(app, category, { holdId: first.id })).code).toBe('HOLD_EXPIRED')
  expect((await buyHeld(app, category, { holdId: second.id })).id).toBeDefined()
  expect((await hold(app, category, { admissionToken })).code).toBe('ADMISSION_REQUIRED')
})
