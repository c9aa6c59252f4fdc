import { createOrder } from '../../src/modules/orders/create-order.ts'
import { guest as nobody } from '../../src/platform/caller.ts'
import type { Patience } from '../../src/platform/patience.ts'
import { someAddress, type TestApp } from './app.ts'
import type { Category } from './holding.ts'
import { guest, key } from './shop.ts'

export interface Placing {
  readonly name?: string
  readonly holdId?: string
  readonly patience?: Patience
}

/** Orders one ticket as the mutation does: over HTTP nobody knows who comes first. */
export const place = (
  { app: { deps } }: TestApp,
  { id, eventId }: Category,
  { name = 'Budi', holdId, patience }: Placing = {},
) => {
  const tickets = [{ ticketCategoryId: id, quantity: 1 }]
  const input = { eventId, tickets, buyer: { ...guest(), name }, ...(holdId ? { holdId } : {}) }
  return createOrder(deps, nobody, input, key(), someAddress(), patience)
}
