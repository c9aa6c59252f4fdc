import fc from 'fast-check'
import { expect, test } from 'vitest'
import { payableUnit } from '../../platform/money.ts'
import { discountOf, type Offer, type PricedCart } from './discount.ts'

const percent = (percentage: number, values: Partial<Offer> = {}): Offer => ({
  kind: 'PERCENTAGE',
  percentage,
  amountMinor: null,
  currencyCode: null,
  eventId: null,
  ticketCategoryIds: [],
  ...values,
})
const amount = (amountMinor: bigint, values: Partial<Offer> = {}): Offer => ({
  ...percent(0),
  kind: 'AMOUNT',
  percentage: null,
  amountMinor,
  currencyCode: 'IDR',
  ...values,
})
const cart = (...lines: [string | null, bigint][]): PricedCart => ({
  eventId: 'event',
  currencyCode: 'IDR',
  lines: lines.map(([ticketCategoryId, totalMinor]) => ({ ticketCategoryId, totalMinor })),
})

test('a percentage is of the whole order, once, and rounds half up to whole rupiah', () => {
  expect(discountOf(percent(10), cart(['vip', 15_000_000n]))).toBe(1_500_000n)
  // 33 % of Rp 99,999 twice are Rp 65,999.34, and not twice Rp 32,999.
  expect(discountOf(percent(33), cart(['vip', 9_999_900n], [null, 9_999_900n]))).toBe(6_599_900n)
})

test('half a rupiah is the buyer’s', () => {
  expect(discountOf(percent(10), cart(['vip', 9_999_500n]))).toBe(1_000_000n)
  expect(discountOf(percent(10), cart(['vip', 9_999_400n]))).toBe(999_900n)
})

test('other currencies round to their minor unit', () => {
  expect(discountOf(percent(33), { ...cart(['vip', 101n]), currencyCode: 'EUR' })).toBe(33n)
})

test('an amount is never more than what it is good for', () => {
  const good = { ticketCategoryIds: ['vip'] }
  expect(discountOf(amount(5_000_000n, good), cart(['vip', 3_000_000n], ['umum', 9_000_000n]))).toBe(
    3_000_000n,
  )
  expect(discountOf(amount(5_000_000n, good), cart(['vip', 8_000_000n]))).toBe(5_000_000n)
})

test.each([
  ['of another event', percent(10, { eventId: 'other' })],
  ['of other categories', percent(10, { ticketCategoryIds: ['umum'] })],
  ['of another currency', amount(100n, { currencyCode: 'EUR' })],
])('a code %s takes nothing off', (_, offer) => {
  expect(discountOf(offer, cart(['vip', 1_000_000n]))).toBeNull()
})

test('nothing is taken off what costs nothing, nor less than can be paid', () => {
  expect(discountOf(percent(50), cart(['vip', 0n]))).toBeNull()
  expect(discountOf(percent(1), cart(['vip', 4_900n]))).toBeNull()
})

const category = fc.constantFrom('a', 'b', 'c', null)
const anyCart = fc.record({
  eventId: fc.constantFrom('event', 'other', null),
  currencyCode: fc.constantFrom('IDR', 'EUR', 'JPY'),
  lines: fc.array(
    fc.record({ ticketCategoryId: category, totalMinor: fc.bigInt({ min: 0n, max: 10n ** 14n }) }),
    { minLength: 1, maxLength: 100 },
  ),
})
const scope = {
  eventId: fc.constantFrom('event', null),
  ticketCategoryIds: fc.uniqueArray(fc.constantFrom('a', 'b')),
}
const anyOffer = fc.oneof(
  fc.record({ percentage: fc.integer({ min: 1, max: 100 }), ...scope }).map((o) => percent(o.percentage, o)),
  fc
    .record({ amountMinor: fc.bigInt({ min: 1n, max: 10n ** 12n }), ...scope })
    .map((o) => amount(o.amountMinor, o)),
)

test('a discount is above nothing, at most what it is good for, and never makes a cart dearer', () => {
  fc.assert(
    fc.property(anyOffer, anyCart, (offer, priced) => {
      const discount = discountOf(offer, priced)
      if (discount === null) return
      const good = priced.lines.filter(
        ({ ticketCategoryId: id }) =>
          offer.ticketCategoryIds.length === 0 || (id && offer.ticketCategoryIds.includes(id)),
      )
      const sum = good.reduce((total, line) => total + line.totalMinor, 0n)
      expect(discount > 0n && discount <= sum).toBe(true)
      if (offer.kind === 'AMOUNT') expect(discount <= (offer.amountMinor ?? 0n)).toBe(true)
      // At most half of what can be paid above the exact share.
      else
        expect(
          discount * 200n <=
            sum * BigInt(2 * (offer.percentage ?? 0)) + 100n * payableUnit(priced.currencyCode),
        ).toBe(true)
    }),
  )
})

test('a hundred percent leaves nothing of what it is good for', () => {
  fc.assert(
    fc.property(anyCart, (priced) => {
      const sum = priced.lines.reduce((total, line) => total + line.totalMinor, 0n)
      expect(discountOf(percent(100), priced) ?? 0n).toBe(sum)
    }),
  )
})

test('what is whole rupiah stays whole rupiah', () => {
  fc.assert(
    fc.property(anyOffer, anyCart, (offer, { lines, ...rest }) => {
      const whole = lines.map((line) => ({ ...line, totalMinor: line.totalMinor * 100n }))
      const discount = discountOf(offer, { ...rest, currencyCode: 'IDR', lines: whole })
      expect((discount ?? 0n) % 100n).toBe(0n)
    }),
  )
})
