// What orders ask of holds. None of it fails: without Redis orders go on without holds, and the database guards the stock.
import { randomUUID } from 'node:crypto'
import type { Caller } from '../../platform/caller.ts'
import type { Claim } from '../../platform/idempotency.ts'
import type { Basket, Demand } from './basket.ts'
import { HoldUnavailable } from './errors.ts'
import type { EndedBatch, HeldUnits, OrderHold } from './held.ts'
import { ownerOf } from './hold-buyer.ts'
import { type HoldBody, type HoldStore, heldField } from './hold-store.ts'

export interface OrderHolds {
  /** Keeps a hold for one order; 'over' when there is none for it, null when nobody can tell. */
  take(id: string, caller: Caller, basket: Basket, claim: Claim): Promise<OrderHold | 'over' | null>
  /** The order did not come about. */
  giveBack(hold: OrderHold, claim: Claim): Promise<void>
  /** Asks what is held, and says what these orders may take, so that no hold is given on it meanwhile. */
  begin(orders: readonly Ordering[]): Flight
}

interface Ordering {
  readonly cart: Basket
  readonly hold: OrderHold | null
}

/** A batch of orders under way. */
export interface Flight {
  /** How many are held of each item that it names. */
  readonly held: Promise<HeldUnits>
  /** These of its orders were written, the others for sure were not. */
  end(written: readonly (Ordering & { readonly replayed: boolean })[]): Promise<void>
}

export function createOrderHolds(store: HoldStore): OrderHolds {
  // Redis is told of batches that have ended by the next one that begins, or when nobody waits for anything.
  const ended: EndedBatch[] = []
  const tell = (batch: EndedBatch) => orElse(undefined, () => store.end(batch))
  function tellSoon(batch: EndedBatch): void {
    ended.push(batch)
    if (ended.length === 1) {
      setImmediate(() => {
        for (const left of ended.splice(0)) void tell(left)
      })
    }
  }
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
    begin(orders) {
      const id = randomUUID()
      const items = [...new Set(orders.flatMap(({ cart }) => demandsOf(cart).map(({ itemId }) => itemId)))]
      const batch = { id, items, mayTake: takenBy(orders) }
      const held = orElse<HeldUnits>(new Map(), () => store.begin(batch, ended.splice(0)))
      // Whoever fails before it looks does not look.
      held.catch(() => undefined)
      return {
        held,
        async end(written) {
          const used = written.flatMap(({ hold }) => hold?.id ?? [])
          const batch = { id, used, sold: soldIn(written) }
          if (used.length > 0) await tell(batch)
          else tellSoon(batch)
        },
      }
    },
  }
}

const demandsOf = ({ tickets, merchandise }: Basket): Demand[] => [...tickets, ...merchandise]

/** What orders may take that is not in their holds, and what is in these. */
function takenBy(orders: readonly Ordering[]): HeldUnits {
  const taken = new Map<string, number>()
  for (const { cart, hold } of orders) {
    for (const { itemId, quantity } of demandsOf(cart))
      add(taken, itemId, quantity - (hold?.units.get(itemId) ?? 0))
    for (const [itemId, units] of hold?.units ?? []) add(taken, heldField(itemId), units)
  }
  return taken
}

function soldIn(written: readonly (Ordering & { readonly replayed: boolean })[]): HeldUnits {
  const sold = new Map<string, number>()
  for (const { cart, replayed } of written)
    for (const { itemId, quantity } of demandsOf(cart)) add(sold, itemId, replayed ? 0 : quantity)
  return sold
}

function add(units: Map<string, number>, field: string, count: number): void {
  if (count > 0) units.set(field, (units.get(field) ?? 0) + count)
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
