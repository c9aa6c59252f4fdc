import { expect, test } from 'vitest'
import { isGarbled, readCode, readingsOf, readScanned } from './read-scanned.ts'

test.each(['\r', '\n', '\r\n', '\t', ' ', '\u00a0', '\u0003', '\u001d', '\u200b', '\ufeff'])(
  'what a scanner adds falls away: %j',
  (added) => {
    for (const scan of [`token${added}`, `${added}token`, `${added}]Q1token${added}`, `]C1${added}token`])
      expect(readScanned(scan)).toBe('token')
  },
)

test('what stands inside, and what only looks like a prefix, stays', () => {
  for (const scan of ['to ken', 'to\tken', ']', ']Q', 'Q1token', '[Q1token'])
    expect(readScanned(scan)).toBe(scan)
})

const FORM = /^k1\.[0-9A-Z]{4}\.[A-Za-z0-9_-]{10}$/

test.each([
  ['as it is', 'k1.7YZ0.aqzwymMQ-_'],
  ['with caps lock', 'K1.7yz0.AQZWYMmq-_'],
  ['on a German keyboard', 'k1.7ZY0.aqywzmMQß?'],
  ['on a German keyboard with caps lock', 'K1.7zy0.AQYWZMmqß?'],
  ['on a French keyboard', 'k&:èYWà:qawzy,?A)°'],
])('a token is read %s', (_how, typed) => {
  expect(readingsOf(typed, FORM)).toContain('k1.7YZ0.aqzwymMQ-_')
})

test('what is no token on any keyboard has no reading, and is told from a wrong one', () => {
  expect(readingsOf('k1.7YZ0.short', FORM)).toEqual([])
  expect(isGarbled(`k1Ж${'x'.repeat(186)}`)).toBe(true)
  expect(isGarbled(`k1.${'x'.repeat(186)}`)).toBe(false)
  expect(isGarbled('k1Ж')).toBe(false)
})

test.each([
  '7Y3K0QW1ZP',
  '7y3k0qw1zp',
  '7Y3K0 QW1ZP',
  ' 7y3k0-qw1zp\r',
  '7Y3KOQWIZP',
  '7y3koqwlzp',
  '７Ｙ３Ｋ０ＱＷ１ＺＰ',
  '7Y3K0\u2013QW1ZP',
  '7Y3K0.QW1ZP',
])('the code 7Y3K0QW1ZP may be typed %j', (typed) => {
  expect(readCode(typed)).toBe('7Y3K0QW1ZP')
})

test.each(['', '7Y3K0QW1Z', '7Y3K0QW1ZPP', '7Y3K0QW1ZU', '7Y3K0QW1Z+', '7Y3K0QW1Zß'])(
  '%j is no code',
  (typed) => {
    expect(readCode(typed)).toBeNull()
  },
)
