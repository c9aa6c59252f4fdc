import { expect, test } from 'vitest'
import { type SaleTimes, saleState, shownStatus } from './sale-window.ts'

const at = (hour: number) => new Date(Date.UTC(2026, 10, 21, hour))
const always: SaleTimes = { salesStartAt: null, salesEndAt: null }
const event = { status: 'PUBLISHED', endsAt: at(22), ...always } as const

test('without any window a published event sells until it ends', () => {
  expect(saleState(always, event, at(0))).toBe('OPEN')
  expect(saleState(always, event, new Date(at(22).getTime() - 1))).toBe('OPEN')
  expect(saleState(always, event, at(22))).toBe('CLOSED')
})

test('an event that is not published sells nothing', () => {
  for (const status of ['DRAFT', 'CANCELLED', 'ENDED'] as const) {
    expect(saleState(always, { ...event, status }, at(12))).toBe('CLOSED')
  }
})

test('the window includes its start and excludes its end', () => {
  const window = { salesStartAt: at(9), salesEndAt: at(17) }
  expect(saleState(window, event, new Date(at(9).getTime() - 1))).toBe('NOT_YET')
  expect(saleState(window, event, at(9))).toBe('OPEN')
  expect(saleState(window, event, new Date(at(17).getTime() - 1))).toBe('OPEN')
  expect(saleState(window, event, at(17))).toBe('CLOSED')
})

test("a category's own side of the window wins over the event's, side by side", () => {
  const windowed = { ...event, salesStartAt: at(9), salesEndAt: at(17) }
  expect(saleState(always, windowed, at(8))).toBe('NOT_YET')
  expect(saleState(always, windowed, at(17))).toBe('CLOSED')
  expect(saleState({ salesStartAt: at(7), salesEndAt: null }, windowed, at(8))).toBe('OPEN')
  expect(saleState({ salesStartAt: at(7), salesEndAt: null }, windowed, at(17))).toBe('CLOSED')
  expect(saleState({ salesStartAt: null, salesEndAt: at(20) }, windowed, at(18))).toBe('OPEN')
})

test('a window that reaches past the event is cut at its end', () => {
  expect(saleState({ salesStartAt: null, salesEndAt: at(23) }, event, at(22))).toBe('CLOSED')
  expect(saleState({ salesStartAt: at(23), salesEndAt: null }, event, at(22))).toBe('CLOSED')
})

test('a published event shows as ended from endsAt on, and no other status changes with time', () => {
  expect(shownStatus(event, at(21))).toBe('PUBLISHED')
  expect(shownStatus(event, at(22))).toBe('ENDED')
  expect(shownStatus({ ...event, status: 'CANCELLED' }, at(23))).toBe('CANCELLED')
  expect(shownStatus({ ...event, status: 'DRAFT' }, at(23))).toBe('DRAFT')
})
