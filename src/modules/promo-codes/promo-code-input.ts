import type { PromoCode } from '../../generated/prisma/client.ts'
import type { PromoCodeKind } from '../../generated/prisma/enums.ts'
import { parseId } from '../../platform/ids.ts'
import { payableUnit } from '../../platform/money.ts'
import { asIs, type Given, InputCheck } from '../organizers/input-check.ts'

/** What staff write of a promo code. Absent: unchanged; null: cleared, where that is possible. */
export interface PromoCodeFields {
  readonly percentage?: Given<number>
  readonly amount?: Given<string>
  readonly ticketCategoryIds?: Given<readonly string[]>
  readonly maxUses?: Given<number>
  readonly maxPerBuyer?: Given<number>
  readonly startsAt?: Given<Date>
  readonly endsAt?: Given<Date>
}

export type PromoCodeValues = Pick<
  PromoCode,
  'percentage' | 'amountMinor' | 'maxUses' | 'maxPerBuyer' | 'startsAt' | 'endsAt'
> & { readonly ticketCategoryIds: readonly string[] }

/** The rest of what decides whether an input is good. */
export interface PromoCodeScope {
  readonly kind: PromoCodeKind
  readonly currencyCode: string | null
  /** Uses that orders hold. */
  readonly used: number
}

export const blankPromoCode: PromoCodeValues = {
  percentage: null,
  amountMinor: null,
  ticketCategoryIds: [],
  maxUses: null,
  maxPerBuyer: null,
  startsAt: null,
  endsAt: null,
}

const MAX_CATEGORIES = 100

/**
 * The code as it would be stored. Throws ValidationFailed with everything that is wrong. Whether the ticket categories are
 * there only the database knows: see categoriesFor.
 */
export function readPromoCode(
  input: PromoCodeFields,
  current: PromoCodeValues,
  { kind, currencyCode, used }: PromoCodeScope,
): PromoCodeValues {
  const check = new InputCheck()
  const cap = (field: 'maxUses' | 'maxPerBuyer', max: number) =>
    check.optional(input[field], current[field], (value) => check.whole(field, value, 1, max))
  const values: PromoCodeValues = {
    percentage: check.optional(input.percentage, current.percentage, (value) =>
      check.whole('percentage', value, 1, 100),
    ),
    amountMinor: check.optional(input.amount, current.amountMinor, (value) =>
      amountOf(check, value, currencyCode),
    ),
    ticketCategoryIds: check.required(
      'ticketCategoryIds',
      input.ticketCategoryIds,
      current.ticketCategoryIds,
      (ids) => idsOf(check, ids),
    ),
    maxUses: cap('maxUses', 1_000_000),
    maxPerBuyer: cap('maxPerBuyer', 1_000),
    startsAt: check.optional(input.startsAt, current.startsAt, asIs),
    endsAt: check.optional(input.endsAt, current.endsAt, asIs),
  }
  if ((values.percentage !== null) !== (kind === 'PERCENTAGE')) {
    check.refuse('percentage', 'A PERCENTAGE needs percentage, and only that has one.')
  }
  if ((values.amountMinor !== null) !== (kind === 'AMOUNT')) {
    check.refuse('amount', 'An AMOUNT needs amount, and only that has one.')
  }
  if (values.maxUses !== null && values.maxUses >= 1 && values.maxUses < used) {
    check.refuse('maxUses', `${used} orders have used it; maxUses cannot be less.`)
  }
  check.inOrder('endsAt', values.startsAt, values.endsAt, 'endsAt is after startsAt.')
  check.done()
  return values
}

function amountOf(check: InputCheck, value: string, currencyCode: string | null): bigint {
  const currency = currencyCode ?? 'IDR'
  return check.amount('amount', value, currency, { least: payableUnit(currency) })
}

function idsOf(check: InputCheck, ids: readonly string[]): string[] {
  if (ids.length > MAX_CATEGORIES) check.refuse('ticketCategoryIds', `Give at most ${MAX_CATEGORIES}.`)
  const known = ids.slice(0, MAX_CATEGORIES).map((id, index) => {
    const parsed = parseId(id)
    if (!parsed) check.refuse(['ticketCategoryIds', String(index)], 'No such ticket category.')
    return parsed ?? ''
  })
  return [...new Set(known)].sort()
}
