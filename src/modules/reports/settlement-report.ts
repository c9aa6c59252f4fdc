import type { PaymentMethod } from '../../generated/prisma/enums.ts'
import type { Caller } from '../../platform/caller.ts'
import type { Deps } from '../../platform/deps.ts'
import { eventFor } from '../events/event-for.ts'
import { settlementRows } from './queries.ts'

/** Money of an event in one currency, in minor units. net = captured − refunded − owed − fees. */
export interface SettlementSums {
  readonly currencyCode: string
  readonly captured: bigint
  readonly refunded: bigint
  readonly owed: bigint
  readonly fees: bigint
  readonly net: bigint
}

export interface SettlementByMethod extends SettlementSums {
  readonly method: PaymentMethod
}

export interface SettlementReport {
  readonly totals: SettlementSums[]
  readonly byMethod: SettlementByMethod[]
}

/** What an event has taken in, out of the ledger, for staff with report.read. */
export async function settlementReport(
  deps: Pick<Deps, 'prisma'>,
  caller: Caller,
  eventId: string,
): Promise<SettlementReport> {
  const event = await eventFor(deps.prisma, caller, eventId, 'report.read')
  const byMethod = await settlementRows(deps.prisma, event.id)
  const totals = new Map<string, SettlementSums>()
  for (const row of byMethod) totals.set(row.currencyCode, added(totals.get(row.currencyCode), row))
  return { totals: [...totals.values()], byMethod }
}

const added = (sum: SettlementSums | undefined, row: SettlementSums): SettlementSums => ({
  currencyCode: row.currencyCode,
  captured: (sum?.captured ?? 0n) + row.captured,
  refunded: (sum?.refunded ?? 0n) + row.refunded,
  owed: (sum?.owed ?? 0n) + row.owed,
  fees: (sum?.fees ?? 0n) + row.fees,
  net: (sum?.net ?? 0n) + row.net,
})
