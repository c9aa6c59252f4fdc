import { expect, test } from 'vitest'
import { amountText, momentText, timeText, whenText } from './locale.ts'
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

test.each([
  ['Asia/Jakarta', 'WIB', '19'],
  ['Asia/Pontianak', 'WIB', '19'],
  ['Asia/Makassar', 'WITA', '20'],
  ['Asia/Jayapura', 'WIT', '21'],
])('times in %s say %s in both languages, wherever they are shown', (zone, label, hour) => {
  const [from, to] = [new Date('2027-03-06T12:30:00Z'), new Date('2027-03-06T14:00:00Z')]
  const until = String(Number(hour) + 2)
  expect(timeText(from, zone, 'id')).toBe(`Sabtu, 6 Maret 2027 pukul ${hour}.30 ${label}`)
  expect(timeText(from, zone, 'en')).toBe(`Saturday, 6 March 2027 at ${hour}:30 ${label}`)
  expect(momentText('en', from, zone)).toBe(`6 March 2027 ${hour}:30 ${label}`)
  expect(whenText('en', from, to, zone)).toBe(`Saturday, 6 March 2027, ${hour}:30–${until}:00 ${label}`)
})

test.each([
  // Clocks go back in the night, and forward.
  ['2027-10-30T20:00:00Z', '2027-10-31T01:30:00Z', 'Sabtu, 30 Oktober 2027, 22.00 GMT+2 – 02.30 GMT+1'],
  ['2027-03-27T21:00:00Z', '2027-03-28T01:30:00Z', 'Sabtu, 27 Maret 2027, 22.00 GMT+1 – 03.30 GMT+2'],
  ['2027-10-31T20:00:00Z', '2027-11-01T01:30:00Z', 'Minggu, 31 Oktober 2027, 21.00–02.30 GMT+1'],
  [
    '2027-10-29T20:00:00Z',
    '2027-10-31T20:00:00Z',
    'Jumat, 29 Oktober 2027, 22.00 GMT+2 – Minggu, 31 Oktober 2027',
  ],
])('from %s to %s in Berlin each hour has its own zone', (from, to, text) => {
  expect(whenText('id', new Date(from), new Date(to), 'Europe/Berlin')).toBe(text)
})
