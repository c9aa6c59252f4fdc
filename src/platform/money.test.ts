import { expect, test } from 'vitest'
import { money, parseDecimal, toDecimal } from './money.ts'

test('amounts are written with all digits of their currency', () => {
  expect(toDecimal(money(15_000_000n, 'IDR'))).toBe('150000.00')
  expect(toDecimal(money(5n, 'IDR'))).toBe('0.05')
  expect(toDecimal(money(-1_50n, 'IDR'))).toBe('-1.50')
  expect(toDecimal(money(500n, 'JPY'))).toBe('500')
  expect(toDecimal(money(9_223_372_036_854_775_807n, 'IDR'))).toBe('92233720368547758.07')
})

test('decimals are read exactly, and refused when finer than the currency', () => {
  expect(parseDecimal('150000', 'IDR')).toBe(15_000_000n)
  expect(parseDecimal('150000.5', 'IDR')).toBe(15_000_050n)
  expect(parseDecimal('0.10000000', 'IDR')).toBe(10n)
  expect(parseDecimal('500.00', 'JPY')).toBe(500n)
  for (const text of ['', '1e5', '1,5', '0.001', 'NaN', '1.', '.5', '99999999999999999']) {
    expect(parseDecimal(text, 'IDR'), text).toBeNull()
  }
})

test('currencies without minor units and with three keep theirs', () => {
  expect(toDecimal(money(1_234n, 'CLP'))).toBe('1234')
  expect(toDecimal(money(1_234n, 'TND'))).toBe('1.234')
  expect(parseDecimal('1.234', 'KWD')).toBe(1_234n)
  expect(parseDecimal('1.5', 'CLP')).toBeNull()
})
