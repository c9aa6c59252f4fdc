// The calendar file against RFC 5545, with names that would break it.
import { describe, expect, test } from 'vitest'
import { calendarFile } from '../src/modules/documents/calendar.ts'
import type { TicketedOrder } from '../src/modules/documents/queries.ts'

const at = (text: string) => new Date(text)

/** An order of tickets; only what a calendar looks at differs. */
function orderOf(
  event: Partial<TicketedOrder['event']>,
  tickets: { schedule?: string; status?: 'REVOKED'; name?: string }[] = [{}],
) {
  const schedules = new Map(tickets.map(({ schedule }) => [schedule, schedule]))
  return {
    number: '7K2M-9XQD-4F',
    event: {
      id: '01900000-0000-7000-8000-000000000001',
      title: 'Malam Musik',
      venue: 'Lapangan Saburai',
      city: 'Bandar Lampung',
      status: 'PUBLISHED',
      startsAt: at('2027-03-06T12:30:00.000Z'),
      endsAt: at('2027-03-06T15:00:00.000Z'),
      updatedAt: at('2026-11-01T00:00:00.999Z'),
      calendarSequence: 3,
      ...event,
    },
    tickets: tickets.map(({ schedule, status, name }) => ({
      scheduleId: schedules.get(schedule) ?? null,
      schedule: schedule
        ? { name: schedule, startsAt: at('2027-03-07T01:00:00Z'), endsAt: at('2027-03-07T02:00:00Z') }
        : null,
      status: status ?? 'VALID',
      ticketCategory: { name: name ?? 'Umum' },
    })),
  } as unknown as TicketedOrder
}

const file = (order: TicketedOrder) => calendarFile(order, 'id')

/** Section 3.1: the lines, with what was folded in one again. */
const unfolded = (text: string): string[] =>
  text
    .replace(/\r\n[ \t]/g, '')
    .split('\r\n')
    .slice(0, -1)

/** Section 3.3.11, read back. */
const textOf = (lines: readonly string[], name: string): string =>
  (lines.find((line) => line.startsWith(`${name}:`)) ?? '')
    .slice(name.length + 1)
    .replace(/\\([\\;,nN])/g, (_, character: string) => (/n/i.test(character) ? '\n' : character))

const HOSTILE: Readonly<Record<string, string>> = {
  'a line that ends the entry': 'Malam\r\nEND:VEVENT\r\nBEGIN:VALARM',
  'other line ends': 'a\rb\nc\u2028d\u2029e\u0085f\u000bg\u000ch',
  separators: 'a;b,c\\d:"e"\\n\\\\',
  'control characters': 'a\u0000b\u0007c\u001bd\u007fe\tf',
  'four octets each': '🎶'.repeat(60),
  'combined characters': 'e\u0301👩‍👩‍👧‍👦'.repeat(20),
  'half a character': 'a\ud83c b\udfb6',
  'right to left': '\u202eمهرجان الموسيقى\u202c',
  'exactly a line': 'x'.repeat(75 - 'SUMMARY:'.length),
  'one over a line': 'x'.repeat(76 - 'SUMMARY:'.length),
  'a very long one': 'panjang '.repeat(500),
}

describe('a hostile name', () => {
  for (const [what, title] of Object.entries(HOSTILE)) {
    test(`${what}: keeps the form, and reads as it was written`, () => {
      const written = file(orderOf({ title, venue: title }, [{ name: title }]))
      expect(written.endsWith('\r\n')).toBe(true)
      const lines = written.split('\r\n').slice(0, -1)
      for (const line of lines) {
        expect(Buffer.byteLength(line)).toBeLessThanOrEqual(75)
        expect(line).not.toMatch(/\p{Cc}/u)
        expect(line.isWellFormed()).toBe(true)
      }
      const whole = unfolded(written)
      for (const line of whole) expect(line).toMatch(/^[A-Z-]+:/)
      expect(whole.filter((line) => /^(BEGIN|END):/.test(line))).toEqual([
        'BEGIN:VCALENDAR',
        'BEGIN:VEVENT',
        'END:VEVENT',
        'END:VCALENDAR',
      ])
      // Line ends become one, and what no text may hold is left out.
      const read = title
        .toWellFormed()
        .replace(/\r\n|[\r\u2028\u2029]/g, '\n')
        .replace(/[^\P{Cc}\n]/gu, '')
      expect(textOf(whole, 'SUMMARY')).toBe(read)
      expect(textOf(whole, 'LOCATION')).toBe(`${read}, Bandar Lampung`)
    })
  }
})

test('tells the time in UTC and has all that an entry must have', () => {
  expect(unfolded(file(orderOf({})))).toEqual([
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//Karcis//Tickets//EN',
    'CALSCALE:GREGORIAN',
    'BEGIN:VEVENT',
    'UID:01900000-0000-7000-8000-000000000001@tickets.karcis',
    'DTSTAMP:20261101T000000Z',
    'LAST-MODIFIED:20261101T000000Z',
    'SEQUENCE:6',
    'DTSTART:20270306T123000Z',
    'DTEND:20270306T150000Z',
    'SUMMARY:Malam Musik',
    'LOCATION:Lapangan Saburai\\, Bandar Lampung',
    'DESCRIPTION:Pesanan 7K2M-9XQD-4F\\n1 × Umum',
    'STATUS:CONFIRMED',
    'END:VEVENT',
    'END:VCALENDAR',
  ])
})

test('has an entry for each schedule, under a UID that is the same in every file', () => {
  const tickets = [{ schedule: 'Hari 1' }, { schedule: 'Hari 2' }, { schedule: 'Hari 1' }]
  const lines = unfolded(file(orderOf({}, tickets)))
  const uids = lines.filter((line) => line.startsWith('UID:'))
  expect(uids).toEqual(['UID:Hari 1@tickets.karcis', 'UID:Hari 2@tickets.karcis'])
  expect(lines.filter((line) => line.startsWith('DTSTART:'))).toEqual(
    Array(2).fill('DTSTART:20270307T010000Z'),
  )
  expect(textOf(lines, 'DESCRIPTION')).toContain('2 × Umum')
  const later = unfolded(file(orderOf({ updatedAt: at('2026-12-01T00:00:00Z') }, tickets.slice(0, 1))))
  expect(later).toContain(uids[0])
})

test('says that it is off when the event is cancelled or no ticket is good any more', () => {
  expect(file(orderOf({ status: 'CANCELLED' }))).toContain('STATUS:CANCELLED')
  expect(file(orderOf({}, [{ status: 'REVOKED' }]))).toMatch(/SEQUENCE:7\r\n[\s\S]*STATUS:CANCELLED/)
  expect(file(orderOf({}, [{ status: 'REVOKED' }, {}]))).toContain('STATUS:CONFIRMED')
})
