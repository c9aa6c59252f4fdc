import { expect, test } from 'vitest'
import { money } from '../../platform/money.ts'
import { moneyText } from './money-text.ts'

test.each([
  [15_000_000n, 'IDR', 'Rp 150.000'],
  [0n, 'IDR', 'Rp 0'],
  [100n, 'IDR', 'Rp 1'],
  [99_900n, 'IDR', 'Rp 999'],
  [100_000n, 'IDR', 'Rp 1.000'],
  [123_456_789_050n, 'IDR', 'Rp 1.234.567.890,50'],
  [-15_000_000n, 'IDR', 'Rp -150.000'],
  [125_000n, 'USD', 'USD 1,250.00'],
  [1_250n, 'JPY', 'JPY 1,250'],
])('%d of %s is %s', (minor, currencyCode, text) => {
  expect(moneyText(money(minor, currencyCode))).toBe(text)
})
