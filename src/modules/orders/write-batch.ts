import type { Deps } from '../../platform/deps.ts'
import { Busy, ExecutionTimeout, mayHaveCommitted, Unavailable } from '../../platform/errors.ts'
import type { Patience } from '../../platform/patience.ts'
import { kindOf, serializableSql } from '../../platform/serializable.ts'
import type { Sql } from '../../platform/sql.ts'
import type { Turns } from '../../platform/turns.ts'
import type { Flight, OrderHolds } from '../holds/order-holds.ts'
import { createGlance } from './glance.ts'
import { type OrderOutcome, replays } from './order-answers.ts'
import { type Decision, type OrderRequest, writeOrders } from './write-orders.ts'

interface Asked {
  readonly request: OrderRequest
  readonly patience: Pick<Patience, 'refusal'>
}

/** What became of one order of a batch: an outcome, or the error that it failed with. */
export interface Settled<Item extends Asked> {
  readonly item: Item
  readonly outcome: OrderOutcome | null
  readonly error: unknown
}

/**
 * Writes one batch and says what became of each of its orders, in arrival order and as soon as it is known.
 * `atItsTurn` says who is in it when its turn has come: some may have come meanwhile, and some gone. Resolves with whether all
 * of it went as it should.
 */
export type WriteBatch = <Item extends Asked>(
  lane: string,
  batch: readonly Item[],
  atItsTurn: (batch: readonly Item[]) => readonly Item[],
  tell: (settled: readonly Settled<Item>[]) => void,
) => Promise<boolean>

export function createBatchWriter(deps: Deps & { orderHolds: OrderHolds }, turns: Turns): WriteBatch {
  const glance = createGlance(deps)

  /** What was answered before is read when the transaction is over, and fails alone. */
  async function outcomesOf(decisions: readonly Decision[]): Promise<OrderOutcome[]> {
    const kept = decisions.filter((decision) => 'claim' in decision)
    const known =
      kept.length > 0 ? await replays(deps, kept).catch(() => new Map<string, OrderOutcome>()) : null
    return decisions.map((decision) =>
      'claim' in decision ? (known?.get(decision.claim.id) ?? new Unavailable()) : decision,
    )
  }

  /** Changes the batch to what it is at its turn. */
  async function write<Item extends Asked>(
    lane: string,
    batch: Item[],
    atItsTurn: (batch: readonly Item[]) => readonly Item[],
  ): Promise<OrderOutcome[]> {
    let flight: Flight | null = null
    let tries = 0
    const once = async (tx: Sql) => {
      tries += 1
      // Among others who take turns one that only tries again would nearly always come last.
      if (tries > 1) turns.met(lane)
      else batch.splice(0, batch.length, ...atItsTurn(batch))
      const requests = batch.map(({ request }) => request)
      return writeOrders(deps, tx, requests, () => {
        flight ??= deps.orderHolds.begin(requests)
        const refusals = Promise.all(batch.map(({ patience }) => patience.refusal()))
        return { heldUnits: flight.held, refusals }
      })
    }
    const end = (written: Parameters<Flight['end']>[0]) => (flight ? flight.end(written) : undefined)
    try {
      const outcomes = await outcomesOf(
        await serializableSql(deps, 'createOrder', once, () => turns.of(lane)),
      )
      // Before the next batch looks: it would count these units twice, as sold and as held.
      await end(
        batch.flatMap(({ request }, index) => {
          const outcome = outcomes[index]
          return outcome && 'order' in outcome ? { ...request, replayed: outcome.replayed } : []
        }),
      )
      return outcomes
    } catch (error) {
      // What may have been sold counts until it surely is: nobody is to be given a hold on it.
      if (!mayHaveCommitted(error)) await end([])
      throw error
    }
  }

  /** One that cannot be written is halved until the poison order stands alone and fails alone. */
  const settle: WriteBatch = async (lane, asked, atItsTurn, tell) => {
    const batch = [...asked]
    try {
      const outcomes = await write(lane, batch, atItsTurn)
      glance.learn(outcomes)
      tell(batch.map((item, index) => ({ item, outcome: outcomes[index] ?? null, error: noOutcome })))
      return true
    } catch (error) {
      // Waiting in vain is nobody's poison: halving would only repeat the same wait.
      const waited =
        error instanceof Busy || error instanceof ExecutionTimeout || kindOf(error) === 'overloaded'
      if (batch.length === 1 || waited) {
        tell(batch.map((item) => ({ item, outcome: null, error })))
        return false
      }
      const middle = batch.length >> 1
      await settle(lane, batch.slice(0, middle), same, tell)
      await settle(lane, batch.slice(middle), same, tell)
      return false
    }
  }

  return async (lane, batch, atItsTurn, tell) => {
    const seen = await glance.at(batch.map(({ request }) => request))
    const open = batch.filter((_, index) => !seen[index])
    if (open.length < batch.length) {
      tell(
        batch.flatMap((item, index) => {
          const outcome = seen[index]
          return outcome ? { item, outcome, error: null } : []
        }),
      )
    }
    return open.length === 0 || settle(lane, open, atItsTurn, tell)
  }
}

const same = <T>(batch: T): T => batch

const noOutcome = new Error('An order of the batch has no outcome.')
