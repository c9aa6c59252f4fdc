import { type Caller, callerKey } from '../../platform/caller.ts'
import type { Deps } from '../../platform/deps.ts'
import { claimOf } from '../../platform/idempotency.ts'
import { type CreateOrderInput, parseBuyer, parseCart } from './order-input.ts'
import type { OrderWriter } from './order-writer.ts'
import type { OrderView } from './queries.ts'

/** Places one order for a guest or an account: the whole cart or nothing. */
export async function createOrder(
  deps: Deps & { orderWriter: OrderWriter },
  caller: Caller,
  input: CreateOrderInput,
  idempotencyKey: string,
): Promise<{ order: OrderView; replayed: boolean }> {
  const buyer = parseBuyer(caller, input.buyer)
  const claim = claimOf(callerKey(caller, buyer.email), 'createOrder', idempotencyKey, input)
  return deps.orderWriter.place({
    claim,
    accountId: caller.kind === 'account' ? caller.accountId : null,
    buyer,
    cart: parseCart(input),
  })
}
