import type { TimeZone } from './spec.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

// None of the three zones knows daylight saving time.
const offsetHours: Readonly<Record<TimeZone, number>> = {
  'Asia/Jakarta': 7,
  'Asia/Makassar': 8,
  'Asia/Jayapura': 9,
}

export const hoursAfter = (time: Date, hours: number): Date => new Date(time.getTime() + hours * HOUR_MS)
export const daysAfter = (time: Date, days: number): Date => new Date(time.getTime() + days * DAY_MS)

/** `start` on the local day that is `days` after today; with a weekday, on the next such day. */
export function localTime(
  now: Date,
  timeZone: TimeZone,
  { days, plusDays, weekday, start }: { days: number; plusDays: number; weekday?: number; start: string },
): Date {
  const offset = offsetHours[timeZone] * HOUR_MS
  const today = Math.floor((now.getTime() + offset) / DAY_MS)
  const first = today + days
  // Day 0 of the epoch was a Thursday.
  const wait = weekday === undefined ? 0 : (((weekday - 4 - first) % 7) + 7) % 7
  const [hours = 0, minutes = 0] = start.split(':').map(Number)
  const clock = hours * HOUR_MS + minutes * 60_000
  return new Date((first + wait + plusDays) * DAY_MS + clock - offset)
}
