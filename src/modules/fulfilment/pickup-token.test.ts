import { expect, test } from 'vitest'
import { newId } from '../../platform/ids.ts'
import { orderOfPickup, pickupToken } from './pickup-token.ts'

const settings = { linkSecret: 'a new secret', previousLinkSecret: 'the old secret' }

test('a token names its order, and no other', () => {
  const [one, other] = [newId(), newId()]
  expect(orderOfPickup(settings, pickupToken(settings.linkSecret, one))).toBe(one)
  expect(orderOfPickup(settings, pickupToken(settings.linkSecret, other))).toBe(other)
})

test('a token from before a rotation is good while the old secret is named, and no longer', () => {
  const id = newId()
  const old = pickupToken(settings.previousLinkSecret, id)
  expect(orderOfPickup(settings, old)).toBe(id)
  expect(orderOfPickup({ ...settings, previousLinkSecret: null }, old)).toBeNull()
  expect(orderOfPickup(settings, pickupToken('a stranger', id))).toBeNull()
})
