import { expect, test } from 'vitest'
import type { AccountCaller, Caller } from '../../platform/caller.ts'
import { guest } from '../../platform/caller.ts'
import type { OpenLimiter } from '../../platform/limiter.ts'
import { PromoCodeInvalid, type PromoCodeReason } from './errors.ts'
import { createPromoGuesses } from './promo-guesses.ts'

const openLimiter: OpenLimiter = (_name, { points }) => {
  const calls = new Map<string, number>()
  return {
    async take(key) {
      calls.set(key, (calls.get(key) ?? 0) + 1)
      return { allowed: true, remaining: 0, resetSeconds: 1 }
    },
    hasLeft: async (key) => (calls.get(key) ?? 0) < points,
    giveBack: async () => {},
    forget: async () => {},
  }
}

const account = (accountId: string): AccountCaller => ({
  kind: 'account',
  accountId,
  sessionId: 's',
  name: 'Sari',
  email: 'sari@karcis.test',
  roles: new Map(),
})

/** Tries codes that are refused for a reason; gives which of them were looked up. */
async function tries(
  caller: Caller,
  count: number,
  reason: PromoCodeReason,
  guesses = createPromoGuesses(openLimiter),
) {
  const lookedUp: boolean[] = []
  for (let index = 0; index < count; index++) {
    const placed = guesses.watch(caller, '203.0.113.1', async (mayLookUp) => {
      lookedUp.push(mayLookUp)
      throw new PromoCodeInvalid(mayLookUp ? reason : 'TOO_MANY_TRIES')
    })
    await expect(placed).rejects.toBeInstanceOf(PromoCodeInvalid)
  }
  return lookedUp
}

test('an account may try 20 codes that are not there, and no 21st is looked up', async () => {
  expect(await tries(account('a'), 22, 'UNKNOWN')).toEqual([...Array(20).fill(true), false, false])
})

test('what another account or a guest of the same network tries does not count', async () => {
  const guesses = createPromoGuesses(openLimiter)
  await tries(account('a'), 20, 'UNKNOWN', guesses)
  expect(await tries(account('b'), 1, 'UNKNOWN', guesses)).toEqual([true])
  expect(await tries(guest, 1, 'UNKNOWN', guesses)).toEqual([true])
})

test('a code that is there, but not good, is no guess', async () => {
  expect(await tries(account('a'), 30, 'USED_UP')).toEqual(Array(30).fill(true))
})
