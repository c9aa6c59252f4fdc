/**
 * For every command that changes what a buyer's calendar shows of an event, also by its schedules: a calendar that has an entry
 * takes the one with the higher SEQUENCE (RFC 5545, 3.8.7.4).
 */
export const REVISED = { calendarSequence: { increment: 1 } } as const
