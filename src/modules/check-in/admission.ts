/** When a gate lets in: null `opensAt` means from publication on. */
export interface Window {
  readonly opensAt: Date | null
  readonly closesAt: Date
}

/** The window of a ticket: its schedule's, or from the first opening to the end of the event when it is for any day. */
export function windowOf(
  event: { endsAt: Date; schedules: readonly { gatesOpenAt: Date | null }[] },
  schedule: { gatesOpenAt: Date | null; endsAt: Date } | null,
): Window {
  if (schedule) return { opensAt: schedule.gatesOpenAt, closesAt: schedule.endsAt }
  const openings = event.schedules.map(({ gatesOpenAt }) => gatesOpenAt)
  const opensAt = openings.includes(null) ? null : (openings.toSorted(byTime)[0] ?? null)
  return { opensAt, closesAt: event.endsAt }
}

const byTime = (a: Date | null, b: Date | null): number => (a?.getTime() ?? 0) - (b?.getTime() ?? 0)

export const isOpen = ({ opensAt, closesAt }: Window, now: Date): boolean =>
  (opensAt === null || opensAt <= now) && now < closesAt
