import type { Schedule } from '../../generated/prisma/client.ts'
import { asIs, type Given, InputCheck } from '../organizers/input-check.ts'

/** What staff write of a schedule. Absent: unchanged; null: cleared, where that is possible. */
export interface ScheduleFields {
  readonly name?: Given<string>
  readonly startsAt?: Given<Date>
  readonly endsAt?: Given<Date>
  readonly gatesOpenAt?: Given<Date>
}

export type ScheduleValues = Pick<Schedule, keyof ScheduleFields>

/** What a new schedule starts from; the schema requires the fields that have no good default. */
export const blankSchedule: ScheduleValues = {
  name: '',
  startsAt: new Date(0),
  endsAt: new Date(0),
  gatesOpenAt: null,
}

/** The schedule as it would be stored. Throws ValidationFailed with everything that is wrong. */
export function readSchedule(input: ScheduleFields, current: ScheduleValues): ScheduleValues {
  const check = new InputCheck()
  const values: ScheduleValues = {
    name: check.required('name', input.name, current.name, (value) => check.line('name', value, 100)),
    startsAt: check.required('startsAt', input.startsAt, current.startsAt, asIs),
    endsAt: check.required('endsAt', input.endsAt, current.endsAt, asIs),
    gatesOpenAt: check.optional(input.gatesOpenAt, current.gatesOpenAt, asIs),
  }
  check.inOrder('endsAt', values.startsAt, values.endsAt, 'endsAt is after startsAt.')
  check.inOrder('gatesOpenAt', values.gatesOpenAt, values.endsAt, 'gatesOpenAt is before endsAt.')
  check.done()
  return values
}
