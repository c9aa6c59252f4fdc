import { expect, test } from 'vitest'
import { prefixQuery } from './search-words.ts'

test('every word of a search is the beginning of a word', () => {
  expect(prefixQuery('java fest')).toBe('java:* & fest:*')
  expect(prefixQuery('  Día 2026, 한국  ')).toBe('Día:* & 2026:* & 한국:*')
})

test('what means something to a tsquery is left out', () => {
  expect(prefixQuery("o'brien & !(a | b) <-> c:* \\")).toBe('o:* & brien:* & a:* & b:* & c:*')
})

test('without a letter or digit there is nothing to search for', () => {
  expect(prefixQuery('')).toBeNull()
  expect(prefixQuery(" & ! ' \t")).toBeNull()
})
