// What orders ask of holds. None of it fails: without Redis orders go on without holds, and the database guards the stock.
import type { Caller } from '../../platform/caller.ts'
import type { Claim } from '../../platform/idempotency.ts'
import type { Basket } from './basket.ts'
import { HoldUnavailable } from './errors.ts'
import type { HeldUnits, OrderHold } from './held.ts'
import { ownerOf } from './hold-buyer.ts'
import type { HoldBody, HoldStore } from './hold-store.ts'

export interface OrderHolds {
  /** Keeps a hold for one order; 'over' when there is none for it, null when nobody can tell. */
  take(id: string, caller: Caller, basket: Basket, claim: Claim): Promise<OrderHold | 'over' | null>
  /** The order did not come about. */
  giveBack(hold: OrderHold, claim: Claim): Promise<void>
  /** Orders with these holds have been written. */
  used(holds: readonly OrderHold[]): Promise<void>
  /** How many units are held of what these baskets name. */
  look(baskets: readonly Basket[]): Promise<HeldUnits>
}

export function createOrderHolds(store: HoldStore): OrderHolds {
  return {
    async take(id, caller, { eventId }, claim) {
      if (!eventId || id.length > 100) return 'over'
      return orElse(null, async () => {
        const body = await store.take(id, ownerOf(caller), eventId, claim)
        return body
          ? { id, units: new Map(Object.entries(body.units)), admission: admissionOf(body) }
          : 'over'
      })
    },
    giveBack: ({ id }, claim) => orElse(undefined, () => store.giveBack(id, claim)),
    used: async (holds) => {
      if (holds.length > 0) await orElse(undefined, () => store.used(holds.map(({ id }) => id)))
    },
    look(baskets) {
      const items = baskets.flatMap(({ tickets, merchandise }) => [...tickets, ...merchandise])
      return orElse<HeldUnits>(new Map(), () => store.look([...new Set(items.map(({ itemId }) => itemId))]))
    },
  }
}

async function orElse<T>(otherwise: T, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask()
  } catch (error) {
    if (error instanceof HoldUnavailable) return otherwise
    throw error
  }
}

function admissionOf({ admission, eventId }: HoldBody): OrderHold['admission'] {
  if (!admission) return null
  const { id, kind, member } = admission
  return { id, eventId, member: { kind, id: Buffer.from(member, 'hex') } }
}
