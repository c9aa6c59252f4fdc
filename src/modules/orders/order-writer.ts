import type { Deps } from '../../platform/deps.ts'
import { Busy, DomainError, ExecutionTimeout } from '../../platform/errors.ts'
import { nameOf } from '../../platform/idempotency.ts'
import { kindOf, serializable } from '../../platform/serializable.ts'
import { type OrderOutcome, type OrderRequest, writeOrders } from './write-orders.ts'

/** Puts orders of one event through one lane, many in one transaction: fewer commits is what makes a hot row fast. */
export interface OrderWriter {
  /** Resolves when the order's transaction has committed. Throws the refusal. */
  place(
    request: OrderRequest,
  ): Promise<{ order: Extract<OrderOutcome, { order: unknown }>['order']; replayed: boolean }>
}

const MAX_BATCH = 64
// About a second of work of one lane: whoever comes behind that is better told at once.
const MAX_WAITING = 2_000

interface Waiting {
  readonly request: OrderRequest
  readonly resolve: (outcome: OrderOutcome) => void
  readonly reject: (error: unknown) => void
}

export function createOrderWriter(deps: Deps): OrderWriter {
  const lanes = new Map<string, Waiting[]>()

  /** Runs until the lane is empty, then forgets it. No timer: a lone order starts at once, alone. */
  async function drain(lane: string, waiting: Waiting[]): Promise<void> {
    while (waiting.length > 0) await settle(deps, waiting.splice(0, MAX_BATCH))
    lanes.delete(lane)
  }

  function enter(request: OrderRequest): Promise<OrderOutcome> {
    const lane = laneOf(request)
    return new Promise((resolve, reject) => {
      const waiting = lanes.get(lane)
      if (waiting) {
        if (waiting.length >= MAX_WAITING) return reject(new Busy())
        waiting.push({ request, resolve, reject })
        return
      }
      const first = [{ request, resolve, reject }]
      lanes.set(lane, first)
      void drain(lane, first)
    })
  }

  return {
    async place(request) {
      const outcome = await enter(request).catch((error: unknown) => {
        deps.metrics.orders.inc({
          outcome: error instanceof DomainError ? error.code.toLowerCase() : 'failed',
        })
        throw error
      })
      if (outcome instanceof DomainError) {
        deps.metrics.orders.inc({ outcome: outcome.code.toLowerCase() })
        throw outcome
      }
      deps.metrics.orders.inc({ outcome: outcome.replayed ? 'replayed' : 'placed' })
      if (outcome.replayed) deps.metrics.replays.inc({ mutation: request.claim.mutation })
      return outcome
    },
  }
}

const laneOf = ({ cart, claim }: OrderRequest): string =>
  cart.eventId ?? cart.merchandise.map((demand) => demand.itemId).sort()[0] ?? nameOf(claim)

/** Writes one batch. One that cannot be written is halved until the poison order stands alone and fails alone. */
async function settle(deps: Deps, batch: readonly Waiting[]): Promise<void> {
  try {
    const outcomes = await serializable(deps, 'createOrder', (tx) =>
      writeOrders(
        deps,
        tx,
        batch.map((waiting) => waiting.request),
      ),
    )
    for (const [index, waiting] of batch.entries()) {
      const outcome = outcomes[index]
      if (outcome) waiting.resolve(outcome)
      else waiting.reject(new Error('An order of the batch has no outcome.'))
    }
  } catch (error) {
    // Waiting in vain is nobody's poison: halving would only repeat the same wait.
    const waited =
      error instanceof Busy || error instanceof ExecutionTimeout || kindOf(error) === 'overloaded'
    if (batch.length === 1 || waited) {
      for (const waiting of batch) waiting.reject(error)
      return
    }
    const middle = batch.length >> 1
    await settle(deps, batch.slice(0, middle))
    await settle(deps, batch.slice(middle))
  }
}
