import { invalid } from '../../platform/errors.ts'
import { money, parseAmount, payableShare, payableUnit, toDecimal } from '../../platform/money.ts'
import type { LockedOrder } from '../orders/queries.ts'
import { allUnits, liveUnits, type Taken } from '../orders/refund-units.ts'

export interface RefundInput {
  /** Major units. */
  readonly amount?: string | null | undefined
  readonly lines?: readonly { lineId: string; quantity: number }[] | null | undefined
  readonly restock?: boolean | null | undefined
}

type Priced = Pick<LockedOrder, 'currencyCode' | 'subtotalMinor' | 'totalMinor' | 'lines'>

const NONE: ReadonlyMap<string, number> = new Map()

/**
 * What one refund gives back. Without amount and lines: all that is left. With an amount alone: goodwill, which takes no
 * unit unless it is all that is left. With lines alone: what these units were paid with, less their share of the discount,
 * rounded half up to what can be paid. With both: this amount for these units. Throws ValidationFailed; `leftMinor` is above 0.
 */
export function planRefund(order: Priced, leftMinor: bigint, input: RefundInput): Taken {
  const units = input.lines ? unitsOf(order.lines, input.lines) : NONE
  const amountMinor =
    input.amount != null
      ? amountOf(order.currencyCode, leftMinor, input.amount)
      : input.lines
        ? priceOf(order, leftMinor, units)
        : leftMinor
  return { amountMinor, units, restocked: new Set(input.restock ? order.lines.map(({ id }) => id) : []) }
}

function amountOf(currencyCode: string, leftMinor: bigint, amount: string): bigint {
  const refuse = (message: string) => invalid(['input', 'amount'], message)
  const left = toDecimal(money(leftMinor, currencyCode))
  // What was captured before prices were whole rupiah goes back as it came.
  if (amount === left) return leftMinor
  const parsed = parseAmount(amount, currencyCode, { least: payableUnit(currencyCode), most: MAX_BIGINT })
  if ('problem' in parsed) throw refuse(parsed.problem)
  if (parsed.minor > leftMinor) throw refuse(`At most ${left} is left to give back.`)
  return parsed.minor
}

const MAX_BIGINT = 2n ** 63n - 1n

function unitsOf(lines: Priced['lines'], asked: NonNullable<RefundInput['lines']>): Map<string, number> {
  if (asked.length === 0) throw invalid(['input', 'lines'], 'Name a line, or leave lines out.')
  const units = new Map<string, number>()
  for (const [index, { lineId, quantity }] of asked.entries()) {
    const path = ['input', 'lines', String(index)]
    const line = lines.find(({ id }) => id === lineId.toLowerCase())
    if (!line) throw invalid([...path, 'lineId'], 'The order has no such line.')
    if (units.has(line.id)) throw invalid([...path, 'lineId'], 'Name each line once.')
    if (quantity < 1 || quantity > liveUnits(line))
      throw invalid([...path, 'quantity'], `1 to ${liveUnits(line)} units of this line can be given back.`)
    units.set(line.id, quantity)
  }
  return units
}

function priceOf(order: Priced, leftMinor: bigint, units: ReadonlyMap<string, number>): bigint {
  const refuse = (message: string) => invalid(['input', 'lines'], message)
  const all = allUnits(order.lines)
  // The last units take what rounding and goodwill have left.
  if ([...all].every(([id, count]) => units.get(id) === count)) return leftMinor
  const price = order.lines.reduce(
    (sum, { id, unitPriceMinor }) => sum + unitPriceMinor * BigInt(units.get(id) ?? 0),
    0n,
  )
  const amount = payableShare(price, order.totalMinor, order.subtotalMinor, order.currencyCode)
  if (amount === 0n) throw refuse('These units cost nothing. Give an amount.')
  // Else the rest of the order would go with units that nobody named.
  if (amount >= leftMinor)
    throw refuse(
      `These units cost what is left of the order or more. Give an amount below ${toDecimal(money(leftMinor, order.currencyCode))}, or name all lines.`,
    )
  return amount
}
