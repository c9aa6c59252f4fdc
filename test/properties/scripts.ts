// Several hands on one sale at once.
import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { expect } from 'vitest'
import { index, method, said, seconds, units } from './commands.ts'
import {
  type Method,
  type Opened,
  type OrderTerms,
  openedOf,
  type Placed,
  placedOf,
  type Said,
  SIZE,
  type Units,
  type World,
} from './world.ts'

type Deed =
  | { readonly kind: 'order'; readonly units: Units; readonly code: boolean; readonly copies: number }
  | { readonly kind: 'hold'; readonly units: Units }
  | { readonly kind: 'take'; readonly copies: number }
  | { readonly kind: 'release' }
  | { readonly kind: 'replay' | 'cancel' | 'late'; readonly which: number }
  | { readonly kind: 'pay'; readonly which: number; readonly method: Method }
  | { readonly kind: 'say'; readonly which: number; readonly said: Said; readonly copies: number }
  | { readonly kind: 'pass'; readonly seconds: number }
  | { readonly kind: 'sweep'; readonly after: number }
  | { readonly kind: 'refund' }
  | { readonly kind: 'give back'; readonly which: number; readonly rupiah: number | null }

const copies = fc.integer({ min: 1, max: 3 })
const ordering = fc.record({ kind: fc.constant('order' as const), units, code: fc.boolean(), copies })
const paying = fc.record({ kind: fc.constant('pay' as const), which: index, method })
const saying = fc.record({ kind: fc.constant('say' as const), which: index, said, copies })

const buyerDeed: fc.Arbitrary<Deed> = fc.oneof(
  { arbitrary: ordering, weight: 4 },
  { arbitrary: fc.record({ kind: fc.constant('hold' as const), units }), weight: 3 },
  { arbitrary: fc.record({ kind: fc.constant('take' as const), copies }), weight: 3 },
  { arbitrary: fc.record({ kind: fc.constant('release' as const) }), weight: 1 },
  { arbitrary: paying, weight: 4 },
  { arbitrary: saying, weight: 4 },
  {
    arbitrary: fc.record({ kind: fc.constantFrom('replay' as const, 'cancel' as const), which: index }),
    weight: 2,
  },
  { arbitrary: fc.record({ kind: fc.constant('late' as const), which: index }), weight: 3 },
  {
    arbitrary: fc.record({
      kind: fc.constant('give back' as const),
      which: index,
      rupiah: fc.constantFrom(null, 30_000, 50_000),
    }),
    weight: 3,
  },
)
const otherDeed: fc.Arbitrary<Deed> = fc.oneof(
  { arbitrary: fc.record({ kind: fc.constant('pass' as const), seconds }), weight: 2 },
  {
    arbitrary: fc.record({ kind: fc.constant('sweep' as const), after: fc.constantFrom(0, 901) }),
    weight: 4,
  },
  { arbitrary: fc.record({ kind: fc.constant('refund' as const) }), weight: 1 },
  { arbitrary: saying, weight: 3 },
  { arbitrary: fc.record({ kind: fc.constant('cancel' as const), which: index }), weight: 1 },
)

/** What three buyers do, and beside them the provider, the clock and two job processes. */
export const scripts = fc.record({
  buyers: fc.tuple(
    ...([0, 1, 2] as const).map(() => fc.array(buyerDeed, { minLength: 1, maxLength: 10, size: 'max' })),
  ),
  others: fc.tuple(...([0, 1] as const).map(() => fc.array(otherDeed, { maxLength: 8, size: 'max' }))),
})

/** The hold that a buyer was given last, whatever has become of it. */
interface Held {
  readonly id: string
  readonly units: Units
}

type Scripts = typeof scripts extends fc.Arbitrary<infer T> ? T : never

/**
 * Runs all scripts at once and lets everything come to rest. Resolves with the orders that buyers were told of, once what
 * is for sale is what their live orders left.
 */
export async function runScripts(world: World, scheduler: fc.Scheduler, all: Scripts): Promise<string[]> {
  const orders: Placed[] = []
  const payments: Opened[] = []
  const holds = new Map<number, Held>()
  const nth = <T>(of: readonly T[], which: number): T | undefined => of[which % Math.max(1, of.length)]

  async function order(who: number, wanted: Units, times: number, terms: OrderTerms): Promise<void> {
    const buyer = world.buyers[who]
    if (!buyer) return
    const key = randomUUID()
    const asked = Array.from({ length: times }, () => world.order(buyer, wanted, key, terms))
    const answers = await Promise.all(asked)
    const placed = answers.filter(({ result }) => result.__typename === 'Order')
    const refusals = [
      'SoldOutError',
      'LimitExceededError',
      ...(terms.holdId ? ['HoldExpiredError'] : []),
      ...(terms.code ? ['PromoCodeInvalidError'] : []),
    ]
    for (const { result } of answers) expect(['Order', ...refusals]).toContain(result.__typename)
    expect(new Set(placed.map(({ result }) => result.id)).size).toBeLessThanOrEqual(1)
    const [first] = placed
    if (first) orders.push(placedOf(first.result, buyer, wanted, key, terms))
  }

  async function hold(who: number, wanted: Units): Promise<void> {
    const buyer = world.buyers[who]
    if (!buyer) return
    const result = await world.hold(buyer, wanted)
    expect(['Hold', 'SoldOutError', 'HoldUnavailableError']).toContain(result.__typename)
    if (result.__typename === 'Hold') holds.set(who, { id: result.id, units: wanted })
  }

  async function release(held: Held): Promise<void> {
    const { __typename } = await world.release(held.id)
    expect(['Hold', 'NotFoundError', 'HoldUnavailableError']).toContain(__typename)
  }

  async function withOrder(deed: Deed, chosen: Placed): Promise<void> {
    if (deed.kind === 'replay') {
      const again = await world.order(chosen.buyer, chosen.units, chosen.key, chosen.terms)
      expect(again).toMatchObject({ result: { __typename: 'Order', id: chosen.id }, replayed: true })
    } else if (deed.kind === 'give back') {
      const { __typename } = await world.giveBack(chosen, deed.rupiah)
      expect(['Order', 'OrderStateError', 'ValidationError']).toContain(__typename)
    } else if (deed.kind === 'cancel') {
      expect(['Order', 'OrderStateError']).toContain((await world.cancel(chosen)).__typename)
    } else if (deed.kind === 'pay' || deed.kind === 'late') {
      const result = await world.pay(chosen, deed.kind === 'pay' ? deed.method : 'QRIS')
      expect(['Payment', 'OrderStateError']).toContain(result.__typename)
      if (result.__typename !== 'Payment') return
      const payment = await openedOf(world, result)
      payments.push(payment)
      if (deed.kind === 'pay') return
      world.app.clock.advance(901)
      await world.sweep()
      await world.notify(payment, 'settlement')
    }
  }

  async function act(who: number, deed: Deed): Promise<void> {
    if (deed.kind === 'order') return order(who, deed.units, deed.copies, { code: deed.code })
    if (deed.kind === 'hold') return hold(who, deed.units)
    const held = holds.get(who)
    if (deed.kind === 'take') return held && order(who, held.units, deed.copies, { holdId: held.id })
    if (deed.kind === 'release') return held && release(held)
    if (deed.kind === 'pass') return world.app.clock.advance(deed.seconds)
    if (deed.kind === 'sweep') {
      world.app.clock.advance(deed.after)
      return world.sweep()
    }
    if (deed.kind === 'refund') return world.refund()
    if (deed.kind === 'say') {
      const payment = nth(payments, deed.which)
      const times = payment ? deed.copies : 0
      await Promise.all(
        Array.from({ length: times }, async () => payment && world.notify(payment, deed.said)),
      )
      return
    }
    const chosen = nth(orders, deed.which)
    if (chosen) await withOrder(deed, chosen)
  }

  const hands = [...all.buyers, ...all.others].map(async (script, who) => {
    for (const deed of script) {
      await scheduler.schedule(Promise.resolve(), `${who} ${deed.kind}`)
      await act(who, deed)
    }
  })
  // Nobody may still be at work when the next sale begins, whatever went wrong in this one.
  const ends = await scheduler.waitFor(Promise.allSettled(hands))
  for (const ended of ends) if (ended.status === 'rejected') throw ended.reason
  await world.refund()
  await world.sweep()
  await expectStock(world, orders)
  return orders.map(({ id }) => id)
}

// Part of the money back takes no unit.
const LIVE = new Set(['PENDING_PAYMENT', 'PAID', 'PARTIALLY_REFUNDED'])

/** What is for sale is all there was less what the buyers have, as far as they know. */
async function expectStock(world: World, orders: readonly Placed[]): Promise<void> {
  const statuses = await world.statuses()
  expect([...statuses.keys()].sort()).toEqual(orders.map(({ id }) => id).sort())
  const live = orders.filter(({ id }) => LIVE.has(statuses.get(id) ?? ''))
  const left = SIZE.map((size, at) => size - live.reduce((sum, placed) => sum + (placed.units[at] ?? 0), 0))
  expect(await world.remaining()).toEqual(left)
}
