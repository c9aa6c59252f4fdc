// Single steps of a sale, each with what the model says must come of it.
import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { expect } from 'vitest'
import { parseDecimal } from '../../src/platform/money.ts'
import {
  type Asked,
  type Model,
  type ModelHold,
  type ModelOrder,
  type ModelPayment,
  priceOf,
} from './model.ts'
import { MAX_PER_ORDER, type Method, openedOf, placedOf, type Said, type Units, type World } from './world.ts'

type Step = fc.AsyncCommand<Model, World>

/** A step with a name that a failure prints. After it, stock and states are the model's. */
function step(
  name: string,
  can: (model: Model) => boolean,
  run: (model: Model, world: World) => Promise<void>,
): Step {
  return {
    check: can,
    async run(model, world) {
      await run(model, world)
      expect(await world.remaining(), name).toEqual(model.remaining())
      const states = model.orders.map(({ placed, status }) => [placed.id, status])
      expect(Object.fromEntries(await world.statuses()), name).toEqual(Object.fromEntries(states))
    },
    toString: () => name,
  }
}

const always = () => true

/** Minor units of money in an answer. */
const amountOf = (money: unknown): number => {
  const { amount, currencyCode } = money as { amount: string; currencyCode: string }
  return Number(parseDecimal(amount, currencyCode))
}

async function placeOrder(model: Model, world: World, { buyer, units, code, hold }: Asked): Promise<void> {
  const key = randomUUID()
  const may = model.answersTo({ buyer, units, code, hold }, world.app.clock.now())
  const terms = { code, ...(hold ? { holdId: hold.id } : {}) }
  const { result, replayed } = await world.order(buyer, units, key, terms)
  expect(may).toContain(result.__typename)
  expect(replayed).toBe(false)
  if (result.__typename !== 'Order') return
  expect(amountOf(result['total'])).toBe(priceOf(units, code))
  if (hold) model.holds.delete(buyer)
  model.orders.push({
    placed: placedOf(result, buyer, units, key, terms),
    status: 'PENDING_PAYMENT',
    payments: [],
  })
}

const buyerOf = ({ buyers }: World, who: number): string => {
  const buyer = buyers[who]
  if (!buyer) throw new Error('There is no such buyer.')
  return buyer
}

const order = (who: number, units: Units, code: boolean): Step =>
  step(`order(buyer ${who}, ${units}${code ? ', with code' : ''})`, always, (model, world) =>
    placeOrder(model, world, { buyer: buyerOf(world, who), units, code, hold: null }),
  )

const hold = (who: number, units: Units): Step =>
  step(`hold(buyer ${who}, ${units})`, always, async (model, world) => {
    const buyer = buyerOf(world, who)
    const now = world.app.clock.now()
    const answer = model.answerToHold(buyer, units, now)
    const result = await world.hold(buyer, units)
    expect(result.__typename).toBe(answer)
    if (answer !== 'Hold') return
    const ends = new Date(String(result['expiresAt']))
    expect(ends > now).toBe(true)
    model.give(buyer, { id: result.id, units, ends })
  })

/** A step with the hold that a buyer was given last, whatever has become of it. */
const withHold = (
  name: string,
  who: number,
  run: (buyer: string, hold: ModelHold, model: Model, world: World) => Promise<void>,
): Step =>
  step(
    `${name}(buyer ${who})`,
    ({ given }) => given.size > 0,
    async (model, world) => {
      const buyer = buyerOf(world, who)
      const own = model.given.get(buyer)
      if (own) await run(buyer, own, model, world)
    },
  )

const take = (who: number): Step =>
  withHold('take', who, (buyer, own, model, world) =>
    placeOrder(model, world, { buyer, units: own.units, code: false, hold: own }),
  )

const release = (who: number): Step =>
  withHold('release', who, async (buyer, own, model, world) => {
    const there = model.isThere(own, world.app.clock.now())
    const { __typename } = await world.release(own.id)
    expect(__typename).toBe(there ? 'Hold' : 'NotFoundError')
    if (there) model.holds.delete(buyer)
  })

/** A step with one of the orders that are there. */
const withOrder = (
  name: string,
  which: number,
  run: (order: ModelOrder, model: Model, world: World) => Promise<void>,
): Step =>
  step(
    `${name} #${which}`,
    ({ orders }) => orders.length > 0,
    async (model, world) => {
      const chosen = model.orders[which % model.orders.length]
      if (chosen) await run(chosen, model, world)
    },
  )

const replay = (which: number): Step =>
  withOrder('replay', which, async ({ placed }, _model, world) => {
    const again = await world.order(placed.buyer, placed.units, placed.key, placed.terms)
    expect(again).toMatchObject({ result: { __typename: 'Order', id: placed.id }, replayed: true })
    const other: Units = [placed.units[0] === 1 ? 2 : 1, 0, 0]
    const misused = await world.order(placed.buyer, other, placed.key, placed.terms)
    const same = other.every((units, at) => units === placed.units[at])
    expect(misused.result.__typename).toBe(same ? 'Order' : 'IdempotencyConflictError')
  })

async function openPayment(world: World, chosen: ModelOrder, method: Method): Promise<ModelPayment | null> {
  const open = chosen.status === 'PENDING_PAYMENT' && chosen.placed.expiresAt > world.app.clock.now()
  const result = await world.pay(chosen.placed, method)
  expect(result.__typename).toBe(open ? 'Payment' : 'OrderStateError')
  if (!open) return null
  const same = chosen.payments.find((payment) => payment.method === method && payment.status === 'PENDING')
  if (same) {
    expect(result.id).toBe(same.opened.id)
    return same
  }
  const opened = await openedOf(world, result)
  const payment: ModelPayment = { opened, method, status: 'PENDING', refunding: false }
  chosen.payments.push(payment)
  return payment
}

const pay = (which: number, method: Method): Step =>
  withOrder(`pay by ${method}`, which, async (chosen, _model, world) => {
    await openPayment(world, chosen, method)
  })

async function end(world: World, model: Model, after: number): Promise<void> {
  world.app.clock.advance(after)
  const now = world.app.clock.now()
  await world.sweep()
  model.expire(now)
}

/** Four steps that seldom meet by chance. */
const payLate = (which: number): Step =>
  withOrder('pay late', which, async (chosen, model, world) => {
    const payment = await openPayment(world, chosen, 'QRIS')
    await end(world, model, 901)
    if (!payment) return
    await world.notify(payment.opened, 'settlement')
    model.settle(chosen, payment)
  })

/** The provider says something of one of the sale's payments, some times over. */
const say = (which: number, said: Said, times: number): Step =>
  step(
    `${said} × ${times} #${which}`,
    ({ orders }) => orders.some(({ payments }) => payments.length > 0),
    async (model, world) => {
      const known = model.orders.flatMap((paid) => paid.payments.map((payment) => ({ paid, payment })))
      const chosen = known[which % known.length]
      if (!chosen) return
      for (let n = 0; n < times; n++) await world.notify(chosen.payment.opened, said)
      if (said === 'settlement') model.settle(chosen.paid, chosen.payment)
      if (said === 'deny') model.deny(chosen.paid, chosen.payment)
      if (said === 'expire') model.lapse(chosen.payment)
    },
  )

const cancel = (which: number): Step =>
  withOrder('cancel', which, async (chosen, _model, world) => {
    const may = chosen.status === 'PENDING_PAYMENT' || chosen.status === 'CANCELLED'
    const result = await world.cancel(chosen.placed)
    expect(result.__typename).toBe(may ? 'Order' : 'OrderStateError')
    if (may) chosen.status = 'CANCELLED'
  })

const pass = (seconds: number): Step =>
  step(`${seconds} s pass`, always, async (_model, { app }) => app.clock.advance(seconds))

const sweep = (after: number): Step =>
  step(`sweep after ${after} s`, always, (model, world) => end(world, model, after))

const refund = step('refund', always, async (model, world) => {
  await world.refund()
  model.refund()
})

const quantity = fc.nat(MAX_PER_ORDER)
export const units: fc.Arbitrary<Units> = fc
  .tuple(quantity, quantity, quantity)
  .filter((wanted) => wanted.some((one) => one > 0))
export const said = fc.constantFrom<Said>(
  'settlement',
  'settlement',
  'settlement',
  'deny',
  'expire',
  'pending',
)
export const method = fc.constantFrom<Method>('QRIS', 'BCA_VA')
export const index = fc.nat(11)
// Never a sum that ends within a run's length of an order's 900 s.
export const seconds = fc.constantFrom(400, 901)

/** Steps in any order. Orders come more often: the rest needs them. */
export const steps = (replayPath: string | undefined) =>
  fc.commands(
    [
      fc.tuple(fc.nat(2), units, fc.boolean()).map(([who, wanted, code]) => order(who, wanted, code)),
      fc.tuple(fc.nat(2), units, fc.boolean()).map(([who, wanted, code]) => order(who, wanted, code)),
      fc.tuple(fc.nat(2), units).map(([who, wanted]) => hold(who, wanted)),
      fc.nat(2).map(take),
      fc.nat(2).map(release),
      fc.tuple(index, method).map(([which, by]) => pay(which, by)),
      fc.tuple(index, method).map(([which, by]) => pay(which, by)),
      fc
        .tuple(index, said, fc.integer({ min: 1, max: 3 }))
        .map(([which, what, times]) => say(which, what, times)),
      fc
        .tuple(index, said, fc.integer({ min: 1, max: 3 }))
        .map(([which, what, times]) => say(which, what, times)),
      index.map(payLate),
      index.map(replay),
      index.map(cancel),
      seconds.map(pass),
      fc.constantFrom(0, 901).map(sweep),
      fc.constant(refund),
    ],
    { maxCommands: 40, size: 'max', ...(replayPath ? { replayPath } : {}) },
  )
