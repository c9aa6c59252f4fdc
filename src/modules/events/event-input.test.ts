import { expect, test } from 'vitest'
import { ValidationFailed } from '../../platform/errors.ts'
import { blankEvent, type EventFields, type EventValues, readEvent } from './event-input.ts'

const good: EventFields = {
  slug: 'java-jazz',
  title: ' Java Jazz ',
  description: 'Three days\r\nof music',
  timeZone: 'Asia/Jakarta',
  startsAt: new Date('2026-12-01T10:00:00Z'),
  endsAt: new Date('2026-12-03T10:00:00Z'),
}
const stored: EventValues = { ...readEvent(good, blankEvent), city: 'Jakarta', tags: ['jazz'] }

function pathsOf(input: EventFields, current: EventValues): string[] {
  try {
    readEvent(input, current)
  } catch (error) {
    if (error instanceof ValidationFailed) return error.issues.map(({ path }) => path.join('.'))
    throw error
  }
  return []
}

test('text is stored trimmed, with plain line breaks', () => {
  expect(stored.title).toBe('Java Jazz')
  expect(stored.description).toBe('Three days\nof music')
})

test('an absent field stays, null clears it, and what cannot be empty refuses null', () => {
  expect(readEvent({}, stored)).toEqual(stored)
  expect(readEvent({ city: null }, stored).city).toBeNull()
  expect(pathsOf({ title: null, tags: null, startsAt: null }, stored)).toEqual([
    'input.title',
    'input.tags',
    'input.startsAt',
  ])
})

test('tags are in lower case, each once', () => {
  expect(readEvent({ tags: ['Jazz', ' jazz', 'ROCK'] }, stored).tags).toEqual(['jazz', 'rock'])
})

test('everything that is wrong is told at once, by its place', () => {
  const input: EventFields = {
    slug: 'Java--Jazz',
    title: 'two\nlines',
    description: 'bell\u0007',
    tags: ['fine', ''],
    timeZone: '+07:00',
    imageUrl: 'http://example.com/a.png',
    endsAt: stored.startsAt,
    salesStartAt: stored.endsAt,
    salesEndAt: stored.startsAt,
  }
  expect(pathsOf(input, stored)).toEqual([
    'input.slug',
    'input.title',
    'input.description',
    'input.tags.1',
    'input.timeZone',
    'input.imageUrl',
    'input.endsAt',
    'input.salesEndAt',
  ])
})

test('one side of a window is checked against the other that is already stored', () => {
  expect(pathsOf({ endsAt: new Date('2026-11-30T00:00:00Z') }, stored)).toEqual(['input.endsAt'])
})

test('a picture is served by https, or by this machine', () => {
  expect(readEvent({ imageUrl: 'https://cdn.example.com/a b.png' }, stored).imageUrl).toBe(
    'https://cdn.example.com/a%20b.png',
  )
  expect(readEvent({ imageUrl: 'http://localhost:4000/a.png' }, stored).imageUrl).toBe(
    'http://localhost:4000/a.png',
  )
  expect(pathsOf({ imageUrl: 'javascript:alert(1)' }, stored)).toEqual(['input.imageUrl'])
  expect(pathsOf({ imageUrl: 'https://user:secret@example.com/' }, stored)).toEqual(['input.imageUrl'])
})
