import { expect, test } from 'vitest'
import { pauseAfter } from './backoff.ts'

const pauses = (random: () => number) => Array.from({ length: 14 }, (_, n) => pauseAfter(n + 1, random))

test('each pause is twice the one before, until half an hour', () => {
  expect(pauses(() => 0).slice(0, 4)).toEqual([1_000, 2_000, 4_000, 8_000])
  expect(pauses(() => 0).slice(-2)).toEqual([1_800_000, 1_800_000])
})

test('chance takes off up to a half and never more', () => {
  expect(pauses(() => 1)).toEqual(pauses(() => 0).map((pause) => pause / 2))
})
