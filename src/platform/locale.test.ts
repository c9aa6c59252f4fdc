import { expect, test } from 'vitest'
import { amountText } from './locale.ts'
import { money } from './money.ts'

test.each([
  [15_000_000n, 'IDR', 'Rp 150.000', 'IDR 150,000'],
  [0n, 'IDR', 'Rp 0', 'IDR 0'],
  [100n, 'IDR', 'Rp 1', 'IDR 1'],
  [99_900n, 'IDR', 'Rp 999', 'IDR 999'],
  [123_456_789_050n, 'IDR', 'Rp 1.234.567.890,50', 'IDR 1,234,567,890.50'],
  [-15_000_000n, 'IDR', 'Rp -150.000', 'IDR -150,000'],
  [125_050n, 'USD', 'USD 1.250,50', 'USD 1,250.50'],
  [1_250n, 'JPY', 'JPY 1.250', 'JPY 1,250'],
])('%d of %s is %s, and %s in English', (minor, currencyCode, indonesian, english) => {
  const amount = money(minor, currencyCode)
  expect([amountText(amount, 'id'), amountText(amount, 'en')]).toEqual([indonesian, english])
})
