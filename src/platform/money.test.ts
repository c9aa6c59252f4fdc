import { expect, test } from 'vitest'
import { isAmount, money, parseAmount, parseDecimal, payableShare, toDecimal } from './money.ts'

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

test.each([
  ['150000', 'IDR', 15_000_000n],
  ['150000.00', 'IDR', 15_000_000n],
  ['0', 'IDR', 0n],
  ['10000000000', 'IDR', 10n ** 12n],
  ['19.9', 'USD', 1_990n],
  ['19.90', 'USD', 1_990n],
  ['500', 'JPY', 500n],
  ['1.234', 'KWD', 1_234n],
])('%s %s is an amount that people pay', (text, currency, minor) => {
  expect(parseAmount(text, currency)).toEqual({ minor })
})

test.each([
  ['150.000', 'IDR', 'If thousands are meant, write 150000.'],
  ['75.000', 'IDR', 'If thousands are meant, write 75000.'],
  ['75.000', 'USD', 'If thousands are meant, write 75000.'],
  ['150.50', 'IDR', 'IDR is paid in whole units'],
  ['150.5', 'IDR', 'IDR is paid in whole units'],
  ['150.0', 'IDR', 'IDR is paid in whole units'],
  ['150.0000', 'IDR', 'IDR is paid in whole units'],
  ['1.999', 'EUR', 'EUR has at most 2 digits'],
  ['1.500', 'JPY', 'If thousands are meant, write 1500.'],
  ['1.2345', 'KWD', 'KWD has at most 3 digits'],
  ['-1', 'IDR', 'negative'],
  ['-0', 'IDR', 'negative'],
  ['10000000001', 'IDR', 'too large: at most IDR 10000000000.00'],
  ['1.500.000', 'IDR', 'nothing between thousands'],
  ['150,000', 'IDR', 'nothing between thousands'],
  ['1e6', 'IDR', 'Write digits'],
  ['', 'IDR', 'Write digits'],
])('%s %s is a mistake', (text, currency, problem) => {
  expect(parseAmount(text, currency)).toEqual({ problem: expect.stringContaining(problem) })
})

test('rules say what is too little and too much', () => {
  expect(parseAmount('0', 'IDR', { least: 100n })).toEqual({ problem: 'The amount is more than nothing.' })
  expect(parseAmount('999', 'IDR', { least: 100_000n })).toEqual({
    problem: 'The amount is at least IDR 1000.00.',
  })
  expect(parseAmount('9999999999999999', 'IDR', { most: 2n ** 63n })).toEqual({
    minor: 999_999_999_999_999_900n,
  })
})

test('an expected amount is as we write it, or as people type it', () => {
  for (const text of ['150000', '150000.00']) expect(isAmount(text, money(15_000_000n, 'IDR'))).toBe(true)
  for (const text of ['150.000', '150000.000', '150000.0', '-150000'])
    expect(isAmount(text, money(15_000_000n, 'IDR')), text).toBe(false)
  expect(isAmount('150.000', money(15_000n, 'IDR'))).toBe(false)
  // Sold before prices were whole rupiah.
  expect(isAmount('150.50', money(15_050n, 'IDR'))).toBe(true)
})

test('shares are what can be paid, half up', () => {
  expect(payableShare(9_999_500n, 10n, 100n, 'IDR')).toBe(1_000_000n)
  expect(payableShare(9_994_900n, 10n, 100n, 'IDR')).toBe(999_500n)
  expect(payableShare(300n, 1n, 2n, 'IDR')).toBe(200n)
  expect(payableShare(149n, 1n, 3n, 'IDR')).toBe(0n)
  expect(payableShare(3n, 1n, 2n, 'USD')).toBe(2n)
  expect(payableShare(1_000n, 1n, 3n, 'JPY')).toBe(333n)
})
