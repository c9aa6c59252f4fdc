// Waiting rooms in tests: an event with one, people in it, and a clock that only moves by hand.
import { expect } from 'vitest'
import type { Prisma } from '../../src/platform/prisma.ts'
import type { Answer, CallOptions, TestApp } from './app.ts'
import { addCategory, addEvent, addOrganizer, forgetAnswers } from './catalogue.ts'
import { order } from './shop.ts'

/** From now on the apps have one time, which stands until it is moved. */
export function standStill(...apps: readonly TestApp[]): { advance(seconds: number): void } {
  let time = apps[0]?.clock.now().getTime() ?? 0
  for (const { clock } of apps) clock.now = () => new Date(time)
  return {
    advance(seconds) {
      time += seconds * 1_000
    },
  }
}

/** A public event with a waiting room, and a category of it. */
export async function guarded(
  app: TestApp,
  values: Partial<Prisma.EventUncheckedCreateInput> = {},
  quota = 500,
) {
  const organizer = await addOrganizer(app)
  const event = await addEvent(app, organizer.id, { waitingRoomRate: 60, ...values })
  const category = await addCategory(app, event.id, { quota })
  return { event, category, organizerId: organizer.id }
}

/** Changes what an event says of its room, behind the server's back. */
export async function setRoom(app: TestApp, id: string, data: Prisma.EventUpdateInput): Promise<void> {
  await app.prisma.event.update({ where: { id }, data })
  forgetAnswers(app)
}

export interface Person {
  readonly token: string
  readonly room: Answer['body']
}

type Asks = Pick<TestApp, 'call'>

export const joining = (app: Asks, eventId: string, token: string | null = null, options: CallOptions = {}) =>
  app.call('JoinWaitingRoom', { eventId, token }, options)

/** A place in the room: a guest's, or that of an account by its access token. */
export async function join(
  app: Asks,
  eventId: string,
  token: string | null = null,
  options: CallOptions = {},
): Promise<Person> {
  const { body } = await joining(app, eventId, token, options)
  const ticket = body.data?.joinWaitingRoom
  expect(ticket?.__typename, JSON.stringify(body)).toBe('WaitingRoomTicket')
  return { token: ticket.token, room: ticket.waitingRoom }
}

export const looking = (app: Asks, eventId: string, token: string | null, options: CallOptions = {}) =>
  app.call('WaitingRoom', { eventId, token }, options)

export async function look(app: Asks, eventId: string, token: string | null, options: CallOptions = {}) {
  const { status, body } = await looking(app, eventId, token, options)
  expect(status, JSON.stringify(body)).toBe(200)
  expect(body.errors, JSON.stringify(body)).toBeUndefined()
  return body.data.waitingRoom
}

/** So many guests, one after the other. */
export async function crowd(app: Asks, eventId: string, count: number): Promise<Person[]> {
  const people: Person[] = []
  for (let n = 0; n < count; n++) people.push(await join(app, eventId))
  return people
}

/** Somebody who is let in, where nobody waits. */
export async function admitted(app: Asks, eventId: string, options: CallOptions = {}): Promise<string> {
  const { room } = await join(app, eventId, null, options)
  expect(room.state).toBe('ADMITTED')
  return room.admissionToken
}

/** What createOrder says of one ticket with this admission. */
export async function buy(
  app: Asks,
  category: { eventId: string; id: string },
  admissionToken: string | null,
  key?: string,
  input: object = {},
) {
  const { status, body } = await order(app, category, { admissionToken, ...input }, key)
  expect(status, JSON.stringify(body)).toBe(200)
  return body.data.createOrder
}
