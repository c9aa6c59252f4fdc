import type { Deps } from '../../platform/deps.ts'
import { Busy, DomainError } from '../../platform/errors.ts'
import { fewAtOnce } from '../../platform/few-at-once.ts'
import { endless, type Patience } from '../../platform/patience.ts'
import type { Transact } from '../../platform/transact.ts'
import type { Turns } from '../../platform/turns.ts'
import type { OpenUnits } from '../holds/open-units.ts'
import type { OrderHolds } from '../holds/order-holds.ts'
import type { OrderOutcome } from './order-answers.ts'
import { type Course, createBatchWriter, type Settled } from './write-batch.ts'
import type { OrderRequest } from './write-orders.ts'

/** Puts orders of one event through one lane, many in one transaction: fewer commits is what makes a hot row fast. */
export interface OrderWriter {
  /**
   * Resolves when the order's transaction has committed. Throws the refusal; `Busy` when its turn would come too late,
   * and when `patience` has run out before its turn, for then it is not placed; nor if it holds a refusal.
   */
  place(
    request: OrderRequest,
    patience?: Patience,
  ): Promise<{ order: Extract<OrderOutcome, { order: unknown }>['order']; replayed: boolean }>
}

const MAX_BATCH = 64
// Whoever would wait longer is better told at once.
const MAX_WAIT_MS = 3_000
// Before the first batch nobody knows.
const FIRST_GUESS_MS = 25
const WEIGHT = 0.2
const ANSWERS_AT_ONCE = 4
// PostgreSQL has few cores to give, and a lane that waits gathers a larger batch.
const LANES_AT_ONCE = 4
const SLOW_BATCH_MS = 200

/** Orders of one event, in arrival order. */
interface Lane {
  readonly name: string
  readonly waiting: Waiting[]
  /** Batches that were begun since it was empty. */
  begun: number
  /** Batches that are not settled: two while one is being committed and the next one has begun behind it. */
  underWay: number
  /** Called when so many wait, for the batch that waits for its turn; null when none does. */
  full: { readonly at: number; call(): void } | null
}

/** A batch that is settled, and the one behind it, if there is one. */
interface Done {
  readonly next: Promise<Done> | null
}

interface Waiting {
  readonly request: OrderRequest
  readonly patience: Patience
  readonly resolve: (outcome: OrderOutcome) => void
  readonly reject: (error: unknown) => void
}

export function createOrderWriter(
  deps: Deps & { orderHolds: OrderHolds; openUnits: OpenUnits },
  turns: Turns,
): OrderWriter {
  const lanes = new Map<string, Lane>()
  const batches = createBatchWriter(deps, turns)
  const places = fewAtOnce(LANES_AT_ONCE, SLOW_BATCH_MS)
  let batchMs = FIRST_GUESS_MS

  /** How long so many take who stand in a lane, one batch being under way. */
  const waitOf = (standing: number): number => batchMs * (1 + Math.ceil(standing / MAX_BATCH))

  /** Runs until the lane is empty, then forgets it. No timer: a lone order starts at once, alone. */
  async function drain(lane: Lane): Promise<void> {
    while (lane.waiting.length > 0) {
      const asked = performance.now()
      // Whoever comes while the lane waits for its place is in the batch too.
      await places.run(async () => {
        let { next } = await writeNext(lane, asked)
        while (next) next = (await next).next
      })
    }
    lanes.delete(lane.name)
  }

  async function writeNext(lane: Lane, began: number, transact?: Transact): Promise<Done> {
    const { waiting } = lane
    const batch = waiting.splice(0, MAX_BATCH).filter(hasPatience)
    if (batch.length === 0) return { next: null }
    let next: Promise<Done> | null = null
    const course: Course<Waiting> = {
      inARow: lane.begun > 0,
      metAnother: places.met,
      untilFull: () =>
        new Promise((call) => {
          lane.full = { at: MAX_BATCH - batch.length, call }
          tellIfFull(lane)
        }),
      atItsTurn(chosen) {
        lane.full = null
        const still = chosen.filter(hasPatience)
        return [...still, ...waiting.splice(0, MAX_BATCH - still.length).filter(hasPatience)]
      },
      tell: (settled) => answer(settled, waiting.length > 0),
      committing(behind) {
        if (mayFollow(lane)) next = writeNext(lane, performance.now(), behind)
      },
    }
    lane.begun += 1
    lane.underWay += 1
    const written = await batches.write(lane.name, batch, course, transact)
    lane.underWay -= 1
    // What failed says nothing of how fast we are.
    if (written) batchMs += WEIGHT * (performance.now() - began - batchMs)
    return { next }
  }

  /**
   * Whether the next batch begins while this one is being committed. Only a full one gains by that, for the others would be
   * joined by more. Not where the one before this is still tried again: it would meet a batch at each try.
   */
  function mayFollow({ waiting, underWay }: Lane): boolean {
    return (
      waiting.length >= MAX_BATCH &&
      underWay === 1 &&
      !places.isWanted() &&
      !batches.needsLook(waiting.slice(0, MAX_BATCH))
    )
  }

  /** Whoever cannot be answered in time is not begun with: the order would hold its stock and nobody would know. */
  function hasPatience({ patience, reject }: Waiting): boolean {
    const enough = patience.left() > batchMs
    if (!enough) reject(tooBusy(batchMs))
    return enough
  }

  function enter(request: OrderRequest, patience: Patience): Promise<OrderOutcome> {
    const name = laneOf(request)
    return new Promise((resolve, reject) => {
      const own: Waiting = { request, patience, resolve, reject }
      const lane = lanes.get(name)
      if (lane) {
        const wait = waitOf(lane.waiting.length)
        if (wait > Math.min(MAX_WAIT_MS, patience.left())) return reject(tooBusy(wait))
        lane.waiting.push(own)
        tellIfFull(lane)
        return
      }
      const opened = { name, waiting: [own], begun: 0, underWay: 0, full: null }
      lanes.set(name, opened)
      void drain(opened)
    })
  }

  return {
    async place(request, patience = endless) {
      const outcome = await enter(request, patience).catch((error: unknown) => {
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

const tooBusy = (waitMs: number): Busy => new Busy(undefined, undefined, Math.ceil(waitMs / 1_000))

const tellIfFull = ({ waiting, full }: Lane): void => {
  if (full && waiting.length >= full.at) full.call()
}

const laneOf = ({ cart, claim }: OrderRequest): string =>
  cart.eventId ?? cart.merchandise.map((demand) => demand.itemId).sort()[0] ?? claim.id

/**
 * Tells buyers what became of their orders: a few at a time while others wait, so that the next batch is not held up by
 * the making of answers. PostgreSQL works on it meanwhile.
 */
function answer(settled: readonly Settled<Waiting>[], othersWait: boolean): void {
  const few = othersWait ? ANSWERS_AT_ONCE : settled.length
  const tell = (from: number) => {
    for (const { item, outcome, error } of settled.slice(from, from + few)) {
      if (outcome) item.resolve(outcome)
      else item.reject(error)
    }
    if (from + few < settled.length) setImmediate(tell, from + few)
  }
  if (othersWait) setImmediate(tell, 0)
  else tell(0)
}
