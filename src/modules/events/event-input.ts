import type { Event } from '../../generated/prisma/client.ts'
import { asIs, type Given, InputCheck } from '../organizers/input-check.ts'

/** What staff write of an event. Absent: unchanged; null: cleared, where that is possible. */
export interface EventFields {
  readonly slug?: Given<string>
  readonly title?: Given<string>
  readonly description?: Given<string>
  readonly category?: Given<string>
  readonly tags?: Given<readonly string[]>
  readonly city?: Given<string>
  readonly venue?: Given<string>
  readonly timeZone?: Given<string>
  readonly startsAt?: Given<Date>
  readonly endsAt?: Given<Date>
  readonly salesStartAt?: Given<Date>
  readonly salesEndAt?: Given<Date>
  readonly imageUrl?: Given<string>
  readonly allowReentry?: Given<boolean>
  readonly maxPerBuyer?: Given<number>
  readonly maxOpenPerNetwork?: Given<number>
}

export type EventValues = Pick<Event, keyof EventFields>

/** What a new event starts from; the schema requires the fields that have no good default. */
export const blankEvent: EventValues = {
  slug: '',
  title: '',
  description: '',
  category: null,
  tags: [],
  city: null,
  venue: null,
  timeZone: '',
  startsAt: new Date(0),
  endsAt: new Date(0),
  salesStartAt: null,
  salesEndAt: null,
  imageUrl: null,
  allowReentry: false,
  maxPerBuyer: null,
  maxOpenPerNetwork: null,
}

/** The event as it would be stored. Throws ValidationFailed with everything that is wrong. */
export function readEvent(input: EventFields, current: EventValues): EventValues {
  const check = new InputCheck()
  const line = (field: 'category' | 'city' | 'venue', max: number) =>
    check.optional(input[field], current[field], (value) => check.line(field, value, max))
  const values: EventValues = {
    slug: check.required('slug', input.slug, current.slug, (value) => check.slug('slug', value)),
    title: check.required('title', input.title, current.title, (value) => check.line('title', value, 200)),
    description: check.required('description', input.description, current.description, (value) =>
      check.text('description', value, 20_000),
    ),
    category: line('category', 100),
    tags: check.required('tags', input.tags, current.tags, (values) => check.tags('tags', values)),
    city: line('city', 100),
    venue: line('venue', 200),
    timeZone: check.required('timeZone', input.timeZone, current.timeZone, (value) => {
      if (!isTimeZone(value)) check.refuse('timeZone', 'Give an IANA time zone, e.g. Asia/Jakarta.')
      return value
    }),
    startsAt: check.required('startsAt', input.startsAt, current.startsAt, asIs),
    endsAt: check.required('endsAt', input.endsAt, current.endsAt, asIs),
    salesStartAt: check.optional(input.salesStartAt, current.salesStartAt, asIs),
    salesEndAt: check.optional(input.salesEndAt, current.salesEndAt, asIs),
    imageUrl: check.optional(input.imageUrl, current.imageUrl, (value) => check.url('imageUrl', value)),
    allowReentry: check.required('allowReentry', input.allowReentry, current.allowReentry, asIs),
    maxPerBuyer: check.optional(input.maxPerBuyer, current.maxPerBuyer, (value) =>
      check.whole('maxPerBuyer', value, 1, 1_000),
    ),
    maxOpenPerNetwork: check.optional(input.maxOpenPerNetwork, current.maxOpenPerNetwork, (value) =>
      check.whole('maxOpenPerNetwork', value, 1, 100_000),
    ),
  }
  check.inOrder('endsAt', values.startsAt, values.endsAt, 'endsAt is after startsAt.')
  check.inOrder('salesEndAt', values.salesStartAt, values.salesEndAt, 'salesEndAt is after salesStartAt.')
  check.done()
  return values
}

function isTimeZone(name: string): boolean {
  // Intl also takes offsets such as +07:00, which know nothing of summer time.
  if (!/^[A-Za-z]/.test(name)) return false
  try {
    new Intl.DateTimeFormat('en', { timeZone: name })
    return true
  } catch {
    return false
  }
}
