// RFC 5545, as much of it as a ticket needs.
import type { Locale } from '../../platform/locale.ts'
import { type TicketedOrder, type TicketRow, timesOf } from './queries.ts'
import { words } from './words.ts'

const FOLD_OCTETS = 75
// Part of the name of every entry for ever: an installation that moves to another address must not double them.
const UID_DOMAIN = 'tickets.karcis'

/** 3.3.11: what has a meaning is escaped, and control characters have no place in a text. */
const escaped = (text: string): string =>
  text
    .toWellFormed()
    .replace(/\r\n?|\u2028|\u2029/g, '\n')
    .replace(/[^\P{Cc}\n]/gu, '')
    .replace(/[\\;,]/g, '\\$&')
    .replaceAll('\n', '\\n')

/** 3.3.5, form 2: UTC, so that no VTIMEZONE is needed and every calendar shows its own owner's time. */
const utc = (time: Date): string => `${time.toISOString().slice(0, 19).replace(/[-:]/g, '')}Z`

/** 3.1: no line over 75 octets; what goes on begins with a space. Never cut within a character. */
function folded(line: string): string {
  const lines: string[] = []
  let current = ''
  let octets = 0
  for (const character of line) {
    const size = Buffer.byteLength(character)
    if (octets + size > FOLD_OCTETS) {
      lines.push(current)
      current = ' '
      octets = 1
    }
    current += character
    octets += size
  }
  return [...lines, current].join('\r\n')
}

/**
 * The calendar of an order: one entry for each time at which its tickets admit. An entry has the same UID in every
 * order, so that a second one, or the same file again, moves it instead of doubling it. Nothing in it admits anyone.
 */
export function calendarFile(order: TicketedOrder, locale: Locale): string {
  const bySchedule = Map.groupBy(order.tickets, (ticket) => ticket.scheduleId ?? order.event.id)
  const entries = [...bySchedule].flatMap(([id, tickets]) =>
    entry(order, tickets, `${id}@${UID_DOMAIN}`, locale),
  )
  const lines = [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//Karcis//Tickets//EN',
    'CALSCALE:GREGORIAN',
    ...entries,
    'END:VCALENDAR',
  ]
  return lines.map((line) => `${folded(line)}\r\n`).join('')
}

function entry(order: TicketedOrder, tickets: readonly TicketRow[], uid: string, locale: Locale): string[] {
  const [first] = tickets
  if (!first) return []
  const { event } = order
  const { startsAt, endsAt } = timesOf(order, first)
  const live = event.status !== 'CANCELLED' && tickets.some(({ status }) => status !== 'REVOKED')
  const counts = [...Map.groupBy(tickets, ({ ticketCategory }) => ticketCategory.name)]
  const bought = counts.map(([name, some]) => `${some.length} × ${name}`).join('\n')
  const place = [event.venue, event.city].filter(Boolean).join(', ')
  return [
    'BEGIN:VEVENT',
    `UID:${uid}`,
    // 3.8.7.2: without a METHOD, when the entry was last revised; the same file twice is the same bytes.
    `DTSTAMP:${utc(event.updatedAt)}`,
    `LAST-MODIFIED:${utc(event.updatedAt)}`,
    // 3.8.7.4: odd once this order's tickets are off, so that it says so to who has the entry of that revision.
    `SEQUENCE:${2 * event.calendarSequence + (live ? 0 : 1)}`,
    `DTSTART:${utc(startsAt)}`,
    `DTEND:${utc(endsAt)}`,
    `SUMMARY:${escaped([event.title, first.schedule?.name].filter(Boolean).join(': '))}`,
    ...(place ? [`LOCATION:${escaped(place)}`] : []),
    `DESCRIPTION:${escaped(`${words[locale].order} ${order.number}\n${bought}`)}`,
    `STATUS:${live ? 'CONFIRMED' : 'CANCELLED'}`,
    'END:VEVENT',
  ]
}
