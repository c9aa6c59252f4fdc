import type { Deps } from '../../platform/deps.ts'
import { Busy, DomainError, ExecutionTimeout, mayHaveCommitted, Unavailable } from '../../platform/errors.ts'
import type { Patience } from '../../platform/patience.ts'
import { kindOf, serializableSql } from '../../platform/serializable.ts'
import type { Sql } from '../../platform/sql.ts'
import type { First, Transact } from '../../platform/transact.ts'
import type { Turns } from '../../platform/turns.ts'
import type { OpenUnits } from '../holds/open-units.ts'
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

/** Whom a batch meets on its way. */
export interface Course<Item extends Asked> {
  /** Another batch of its lane has just been written. */
  readonly inARow: boolean
  /** It met a transaction though it had its turn: one of another lane. */
  metAnother(): void
  /** Resolves when nobody more can come into it. */
  untilFull(): Promise<void>
  /** Says who is in it when its turn has come: some may have come meanwhile, and some gone. */
  atItsTurn(batch: readonly Item[]): readonly Item[]
  /** Hears what became of its orders, in arrival order and as soon as it is known. */
  tell(settled: readonly Settled<Item>[]): void
  /** Its COMMIT has left, and the next batch may come behind it, begun before this returns: `TransactOptions`. */
  committing(behind: Transact): void
}

export interface BatchWriter {
  /** Writes one batch. Resolves with whether all of it went as it should. */
  write<Item extends Asked>(
    lane: string,
    batch: readonly Item[],
    course: Course<Item>,
    transact?: Transact,
  ): Promise<boolean>
  /** Whether somebody in it is looked at before it begins. */
  needsLook(batch: readonly Asked[]): boolean
}

export function createBatchWriter(
  deps: Deps & { orderHolds: OrderHolds; openUnits: OpenUnits },
  turns: Turns,
): BatchWriter {
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
    { inARow, metAnother, untilFull, atItsTurn, committing }: Course<Item>,
    transact: Transact,
  ): Promise<OrderOutcome[]> {
    let flight: Flight | null = null
    let crowded: ReturnType<OpenUnits['add']> | null = null
    let asked: First | null = null
    let tries = 0
    const once = async (tx: Sql) => {
      tries += 1
      if (tries === 1) batch.splice(0, batch.length, ...atItsTurn(batch))
      const requests = batch.map(({ request }) => request)
      return writeOrders(deps, tx, requests, {
        askMeanwhile() {
          flight ??= deps.orderHolds.begin(requests)
          crowded ??= deps.openUnits.add(requests.map(({ opening }) => opening))
          const refusals = Promise.all(batch.map(({ patience }) => patience.refusal()))
          return { heldUnits: flight.held, refusals, crowded }
        },
        kept(ms) {
          if (!asked?.isAwaited) turns.kept(lane, ms)
        },
      })
    }
    const first = () => {
      // Among others who take turns one that only tries again would nearly always come last.
      if (tries > 0) turns.met(lane)
      if (tries > 0 && asked?.isAwaited) metAnother()
      asked = turns.of(lane, inARow)
      return asked?.isAwaited && tries === 0 ? { ...asked, unless: untilFull() } : asked
    }
    const end = (written: Parameters<Flight['end']>[0]) => (flight ? flight.end(written) : undefined)
    /** Nobody waits for it: what is closed late only counts for longer. */
    const close = (isClosed: (index: number) => boolean): void => {
      if (!crowded) return
      const openings = batch.flatMap(({ request }, index) => (isClosed(index) ? [request.opening] : []))
      if (openings.length > 0) void deps.openUnits.close(openings)
    }
    try {
      const outcomes = await outcomesOf(
        await serializableSql({ ...deps, transact }, 'createOrder', once, {
          first,
          committing: (behind) => {
            if (batch.every(({ request }) => request.hold === null)) committing(behind)
          },
        }),
      )
      close((index) => {
        const outcome = outcomes[index]
        return !outcome || outcome instanceof DomainError || outcome.replayed
      })
      // Before the next batch looks, if holds were used: it would count these units twice, as sold and as held.
      await end(
        batch.flatMap(({ request }, index) => {
          const outcome = outcomes[index]
          return outcome && 'order' in outcome ? { ...request, replayed: outcome.replayed } : []
        }),
      )
      return outcomes
    } catch (error) {
      // What may have been sold counts until it surely is: nobody is to be given a hold on it.
      if (!mayHaveCommitted(error)) {
        close(() => true)
        await end([])
      }
      throw error
    }
  }

  /** One that cannot be written is halved until the poison order stands alone and fails alone. */
  async function settle<Item extends Asked>(
    lane: string,
    asked: readonly Item[],
    course: Course<Item>,
    transact: Transact,
  ): Promise<boolean> {
    const batch = [...asked]
    try {
      const outcomes = await write(lane, batch, course, transact)
      glance.learn(outcomes)
      course.tell(batch.map((item, index) => ({ item, outcome: outcomes[index] ?? null, error: noOutcome })))
      return true
    } catch (error) {
      // Waiting in vain is nobody's poison: halving would only repeat the same wait.
      const waited =
        error instanceof Busy || error instanceof ExecutionTimeout || kindOf(error) === 'overloaded'
      if (batch.length === 1 || waited) {
        course.tell(batch.map((item) => ({ item, outcome: null, error })))
        return false
      }
      const middle = batch.length >> 1
      const half: Course<Item> = {
        tell: course.tell,
        inARow: true,
        metAnother: course.metAnother,
        untilFull: () => Promise.resolve(),
        atItsTurn: same,
        committing: nobodyFollows,
      }
      await settle(lane, batch.slice(0, middle), half, deps.transact)
      await settle(lane, batch.slice(middle), half, deps.transact)
      return false
    }
  }

  const requestsOf = (batch: readonly Asked[]) => batch.map(({ request }) => request)
  const needsLook = (batch: readonly Asked[]): boolean => glance.isWorthWhile(requestsOf(batch))

  return {
    needsLook,
    async write(lane, batch, course, transact = deps.transact) {
      // Without an await where there is none to look at: what comes behind a COMMIT begins at once.
      const seen = needsLook(batch) ? await glance.at(requestsOf(batch)) : []
      const open = batch.filter((_, index) => !seen[index])
      if (open.length < batch.length) {
        course.tell(
          batch.flatMap((item, index) => {
            const outcome = seen[index]
            return outcome ? { item, outcome, error: null } : []
          }),
        )
      }
      return open.length === 0 || settle(lane, open, course, transact)
    },
  }
}

const same = <T>(batch: T): T => batch

const nobodyFollows = (): void => undefined

const noOutcome = new Error('An order of the batch has no outcome.')
