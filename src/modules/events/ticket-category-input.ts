import type { TicketCategory } from '../../generated/prisma/client.ts'
import { parseId } from '../../platform/ids.ts'
import { asIs, type Given, InputCheck } from '../organizers/input-check.ts'

/** What staff write of a ticket category. Absent: unchanged; null: cleared, where that is possible. */
export interface TicketCategoryFields {
  readonly scheduleId?: Given<string>
  readonly name?: Given<string>
  readonly description?: Given<string>
  readonly price?: Given<string>
  readonly quota?: Given<number>
  readonly maxPerOrder?: Given<number>
  readonly maxPerBuyer?: Given<number>
  readonly salesStartAt?: Given<Date>
  readonly salesEndAt?: Given<Date>
  readonly position?: Given<number>
}

export type TicketCategoryValues = Pick<
  TicketCategory,
  Exclude<keyof TicketCategoryFields, 'price'> | 'priceMinor'
>

/** The rest of what decides whether an input is good. */
export interface TicketCategoryScope {
  readonly currencyCode: string
  /** Ids of the schedules of the event. */
  readonly schedules: ReadonlySet<string>
  /** Tickets that orders have taken. */
  readonly sold: number
}

/** What a new category starts from; the schema requires the fields that have no good default. */
export const blankTicketCategory: TicketCategoryValues = {
  scheduleId: null,
  name: '',
  description: null,
  priceMinor: 0n,
  quota: 0,
  maxPerOrder: 4,
  maxPerBuyer: null,
  salesStartAt: null,
  salesEndAt: null,
  position: 0,
}

/** The category as it would be stored. Throws ValidationFailed with everything that is wrong. */
export function readTicketCategory(
  input: TicketCategoryFields,
  current: TicketCategoryValues,
  scope: TicketCategoryScope,
): TicketCategoryValues {
  const check = new InputCheck()
  const whole = (field: 'quota' | 'maxPerOrder' | 'position', min: number, max: number) =>
    check.required(field, input[field], current[field], (value) => check.whole(field, value, min, max))
  const values: TicketCategoryValues = {
    scheduleId: check.optional(input.scheduleId, current.scheduleId, (value) => {
      const id = parseId(value)
      if (id && scope.schedules.has(id)) return id
      check.refuse('scheduleId', 'The event has no such schedule.')
      return value
    }),
    name: check.required('name', input.name, current.name, (value) => check.line('name', value, 100)),
    description: check.optional(input.description, current.description, (value) =>
      check.text('description', value, 2_000),
    ),
    priceMinor: check.required('price', input.price, current.priceMinor, (value) =>
      check.amount('price', value, scope.currencyCode),
    ),
    quota: whole('quota', 1, 1_000_000),
    maxPerOrder: whole('maxPerOrder', 1, 100),
    maxPerBuyer: check.optional(input.maxPerBuyer, current.maxPerBuyer, (value) =>
      check.whole('maxPerBuyer', value, 1, 1_000),
    ),
    salesStartAt: check.optional(input.salesStartAt, current.salesStartAt, asIs),
    salesEndAt: check.optional(input.salesEndAt, current.salesEndAt, asIs),
    position: whole('position', 0, 10_000),
  }
  if (values.quota >= 1 && values.quota < scope.sold) {
    check.refuse('quota', `${scope.sold} tickets are sold or ordered; quota cannot be less.`)
  }
  check.inOrder('salesEndAt', values.salesStartAt, values.salesEndAt, 'salesEndAt is after salesStartAt.')
  check.done()
  return values
}
