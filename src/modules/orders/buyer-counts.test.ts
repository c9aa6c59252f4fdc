import fc from 'fast-check'
import { expect, test } from 'vitest'
import { BuyerCounts } from './buyer-counts.ts'

test('an order that shares two identities counts once, and lines of one order add up', () => {
  const counts = new BuyerCounts()
  counts.add(['email a', 'device d'], 'order 1', 'event', 2)
  counts.add(['email a', 'device d'], 'order 1', 'event', 1)
  expect(counts.of(['email a', 'device d'], 'event')).toBe(3)
  expect(counts.of(['email b'], 'event')).toBe(0)
})

test('two orders that share nothing with each other both count for whoever shares something with each', () => {
  const counts = new BuyerCounts()
  counts.add(['email a'], 'order 1', 'event', 2)
  counts.add(['device d'], 'order 2', 'event', 2)
  expect(counts.of(['email a', 'device d'], 'event')).toBe(4)
})

test('counts are the sum over the orders that share an identity, for any orders', () => {
  const identity = fc.constantFrom('email a', 'email b', 'phone 1', 'device d')
  const orders = fc.array(
    fc.record({
      identities: fc.uniqueArray(identity, { minLength: 1 }),
      thing: fc.constantFrom('event', 'category'),
      units: fc.integer({ min: 1, max: 9 }),
    }),
  )
  fc.assert(
    fc.property(orders, fc.uniqueArray(identity, { minLength: 1 }), (placed, asking) => {
      const counts = new BuyerCounts()
      for (const [index, { identities, thing, units }] of placed.entries())
        counts.add(identities, `order ${index}`, thing, units)
      const expected = placed
        .filter(
          ({ identities, thing }) => thing === 'event' && identities.some((one) => asking.includes(one)),
        )
        .reduce((sum, { units }) => sum + units, 0)
      expect(counts.of(asking, 'event')).toBe(expected)
    }),
  )
})
