// Holds in tests: a sale of a few tickets, and what the mutations say.
import { expect } from 'vitest'
import type { Answer, CallOptions, TestApp } from './app.ts'
import { addCategory, addEvent, addOrganizer } from './catalogue.ts'
import { key, order } from './shop.ts'

type Asks = Pick<TestApp, 'call'>

export interface Category {
  readonly id: string
  readonly eventId: string
}

/** A new event with one category of so many tickets. */
export async function selling(app: TestApp, quota: number): Promise<Category> {
  const organizer = await addOrganizer(app)
  const event = await addEvent(app, organizer.id)
  return addCategory(app, event.id, { quota })
}

export const holding = (
  app: Asks,
  { id, eventId }: Category,
  input: object = {},
  idempotencyKey = key(),
  options: CallOptions = {},
): Promise<Answer> => {
  const tickets = [{ ticketCategoryId: id, quantity: 1 }]
  return app.call('PlaceHold', { input: { eventId, tickets, ...input }, idempotencyKey }, options)
}

/** What a mutation says, which is never a failure of the server. */
export function said({ status, body }: Answer) {
  expect(status, JSON.stringify(body)).toBe(200)
  expect(body.errors, JSON.stringify(body)).toBeUndefined()
  const [result] = Object.values<Answer['body']>(body.data)
  return result
}

/** The result of placeHold. */
export const hold = async (...args: Parameters<typeof holding>) => said(await holding(...args))

export const end = async (
  app: Asks,
  operation: 'ReleaseHold' | 'ExtendHold',
  holdId: string,
  options: CallOptions = {},
  idempotencyKey = key(),
) => said(await app.call(operation, { holdId, idempotencyKey }, options))

/** The result of createOrder for one ticket. */
export const buyHeld = async (app: Asks, category: Category, input: object = {}, idempotencyKey = key()) =>
  said(await order(app, category, input, idempotencyKey))
