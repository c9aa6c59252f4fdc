// Two processes, one Redis: what is held is held once.
import { expect, test } from 'vitest'
import { addCategory } from '../setup/catalogue.ts'
import { buyHeld, end, hold, selling } from '../setup/holding.ts'
import { expectInvariants } from '../setup/oracle.ts'
import { twoProcesses } from '../setup/two-processes.ts'

const { one, all } = twoProcesses()

test('200 buyers hold 100 tickets: exactly 100 do, each of them gets one, and nobody else', async () => {
  const category = await selling(one(0), 100)
  const answers = await all(200, (n) => hold(one(n), category))
  const held = answers.filter(({ id }) => id)
  expect(held.length).toBe(100)
  expect(answers.filter(({ code }) => code === 'SOLD_OUT').length).toBe(100)
  const orders = await all(150, (n) => buyHeld(one(n + 1), category, held[n] ? { holdId: held[n].id } : {}))
  expect(orders.slice(0, 100).filter(({ id }) => id).length).toBe(100)
  expect(orders.slice(100).filter(({ code }) => code === 'SOLD_OUT').length).toBe(50)
  await expectInvariants(one(0).prisma)
}, 60_000)

test('carts in opposite order: one of the two last pairs is held whole', async () => {
  const first = await selling(one(0), 10)
  const second = await addCategory(one(0), first.eventId, { quota: 10 })
  const lines = [first, second].map(({ id }) => ({ ticketCategoryId: id, quantity: 1 }))
  const answers = await all(40, (n) =>
    hold(one(n), first, { tickets: n % 4 < 2 ? lines : lines.toReversed() }),
  )
  expect(answers.filter(({ id }) => id).length).toBe(10)
  for (const category of [first, second])
    expect(await buyHeld(one(0), category)).toMatchObject({ code: 'SOLD_OUT', remaining: 0 })
}, 60_000)

test('one hold and many orders at once: one order', async () => {
  const category = await selling(one(0), 10)
  const { id: holdId } = await hold(one(0), category)
  const orders = await all(10, (n) => buyHeld(one(n), category, { holdId }))
  expect(orders.filter(({ id }) => id).length).toBe(1)
  expect(orders.filter(({ code }) => code === 'HOLD_EXPIRED').length).toBe(9)
}, 60_000)

test('extended many times at once: once', async () => {
  const category = await selling(one(0), 10)
  const { id: holdId } = await hold(one(0), category)
  const answers = await all(8, (n) => end(one(n), 'ExtendHold', holdId))
  expect(answers.filter(({ id }) => id).length).toBe(1)
  expect(answers.filter(({ code }) => code === 'HOLD_EXTENDED').length).toBe(7)
})

test('one device holds many times at once: one hold is left', async () => {
  const category = await selling(one(0), 4)
  const deviceId = `device-${category.id}`
  // Each from a network of its own, so that no limit counts them together.
  const answers = await all(8, (n) => hold(one(n), category, { deviceId }))
  expect(answers.every(({ id }) => id)).toBe(true)
  const orders = await all(3, (n) => buyHeld(one(n), category))
  expect(orders.every(({ id }) => id)).toBe(true)
  expect((await buyHeld(one(0), category)).code).toBe('SOLD_OUT')
})
