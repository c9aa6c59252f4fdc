import type { Cluster, Redis } from 'ioredis'
import type { Clock } from '../../platform/clock.ts'
import { IdempotencyConflict } from '../../platform/errors.ts'
import type { HideKey } from '../../platform/hidden-key.ts'
import type { Claim } from '../../platform/idempotency.ts'
import type { Log, Metrics } from '../../platform/telemetry.ts'
import { Hanging, within } from '../../platform/within.ts'
import { HoldExtended, HoldUnavailable, SoldOut } from './errors.ts'
import type { BeginningBatch, EndedBatch, HeldUnits } from './held.ts'
import { watchHolds } from './hold-metrics.ts'
import { ASK, BATCHES, CHANGE, GIVE_BACK, PLACE, TAKE } from './hold-store.lua.ts'
import { shareOf } from './network-share.ts'
import { networkIsFull } from './open-units.ts'

/** A hold as Redis keeps it, as JSON. */
export interface HoldBody {
  readonly eventId: string
  /** The account that alone may use it; empty: whoever knows the id. */
  readonly owner: string
  /** Of each slot there is one hold. */
  readonly slots: readonly string[]
  readonly units: Readonly<Record<string, number>>
  readonly tickets: readonly HeldLine[]
  readonly merchandise: readonly HeldLine[]
  readonly admission: {
    readonly id: string
    readonly kind: 'account' | 'guest'
    readonly member: string
  } | null
  /** The networks that it came from, by key, and how many open units of the event each may have. */
  readonly open: readonly (readonly [key: string, cap: number])[]
}

export interface HeldLine {
  readonly itemId: string
  readonly quantity: number
}

export interface Hold extends HoldBody {
  readonly id: string
  readonly expiresAt: Date
}

/** A hold, or the one of before when the key was used before. */
export interface HoldAnswer {
  readonly hold: Hold
  readonly replayed: boolean
}

/** Holds in Redis. Every method throws HoldUnavailable when Redis does not answer soon. */
export interface HoldStore {
  /**
   * The answer that the key had before, or how many of each item were ever sold: to be asked before the database is read.
   * Throws IdempotencyConflict.
   */
  ask(claim: Claim, id: string, items: readonly string[]): Promise<HoldAnswer | { readonly sold: HeldUnits }>
  /**
   * Throws SoldOut, IdempotencyConflict, LimitExceeded where its network has as much as it may, and HoldUnavailable for one that
   * takes too much room. Unsure: it may be had when orders under way are written, or not.
   */
  place(claim: Claim, wanted: WantedHold): Promise<HoldAnswer | { readonly unsure: SoldOut }>
  /** Null when this owner has no such hold. Throws IdempotencyConflict. */
  release(claim: Claim, id: string, owner: string): Promise<HoldAnswer | null>
  /** As release; throws HoldExtended the second time. */
  extend(claim: Claim, id: string, owner: string, expiresAt: Date): Promise<HoldAnswer | null>
  /** Keeps a hold for one order; null when it is over, another's, or kept for another order. */
  take(id: string, owner: string, eventId: string, claim: Claim): Promise<HoldBody | null>
  giveBack(id: string, claim: Claim): Promise<void>
  /**
   * Says how many are held of the items of a batch of orders, and that it may take so many of them: no hold is given on these
   * until it has ended. An item that is not in the answer is not held. Hears as well of batches that `ended` before.
   */
  begin(batch: BeginningBatch, ended: readonly EndedBatch[]): Promise<HeldUnits>
  end(batch: EndedBatch): Promise<void>
}

/** A hold that somebody wants. */
export interface WantedHold {
  readonly id: string
  readonly body: HoldBody
  readonly expiresAt: Date
  /** The client's address: what one network may fill of Redis with holds is bounded. */
  readonly clientIp: string
  /** What the database had of each item, and how many were sold before that was read. */
  readonly left: HeldUnits
  readonly sold: HeldUnits
}

/** Where a batch counts the units of an item that its orders use holds for. */
export const heldField = (itemId: string): string => `${itemId} held`

// Somebody looks at a page meanwhile.
const PATIENCE_MS = 500
// An order goes on without.
const SHORT_MS = 100
// After Redis hung nobody waits for it again for so long.
const PAUSE_MS = 1_000
// Longer than an order waits for its turn and is written. A batch that was lost counts so long, and a hold as well that
// would have ended meanwhile.
const FLIGHT_MS = 30_000

type Command = (...args: (string | number)[]) => Promise<unknown>
interface Scripts {
  karcisAskForHold: Command
  karcisPlaceHold: Command
  karcisChangeHold: Command
  karcisTakeHold: Command
  karcisGiveHoldBack: Command
  karcisBatches: Command
}

// One slot of a Cluster for all events: merchandise is sold at several, and what is held of it must be one figure.
const key = (name: string): string => `karcis:{holds}:${name}`
const KEYS = [
  'holds',
  'ends',
  'units',
  'slots',
  'marks',
  'begun',
  'batches',
  'batch-ends',
  'sold',
  'lately-sold',
].map(key)

/**
 * `redis` should refuse commands while it is not connected rather than queue them. It may evict what it likes: a hold that is
 * gone is over.
 */
export function createHoldStore(
  redis: Redis | Cluster,
  {
    clock,
    log,
    metrics,
    hide,
  }: { readonly clock: Clock; readonly log: Log; readonly metrics: Metrics; readonly hide: HideKey },
): HoldStore {
  const define = (name: keyof Scripts, numberOfKeys: number, lua: string) =>
    redis.defineCommand(name, { numberOfKeys, lua })
  define('karcisAskForHold', 11, ASK)
  define('karcisPlaceHold', 13, PLACE)
  define('karcisChangeHold', 11, CHANGE)
  define('karcisTakeHold', 10, TAKE)
  define('karcisGiveHoldBack', 10, GIVE_BACK)
  define('karcisBatches', 10, BATCHES)
  const scripts = redis as (Redis | Cluster) & Scripts
  const report = watchHolds({ metrics, clock })
  let pausedUntil = 0

  /** Each script tells first how many holds were over, are there, and how many units these hold. */
  async function attempt(milliseconds: number, command: () => Promise<unknown>): Promise<unknown[]> {
    if (performance.now() < pausedUntil) throw new HoldUnavailable()
    try {
      const reply = await within(milliseconds, command())
      const [over, active, units, ...answer]: unknown[] = Array.isArray(reply) ? reply : []
      report({ over: Number(over), active: Number(active), units: Number(units) })
      return answer
    } catch (error) {
      if (error instanceof Hanging) pausedUntil = performance.now() + PAUSE_MS
      log.warn({ reason: error instanceof Error ? error.message : 'unknown' }, 'holds are away')
      throw new HoldUnavailable()
    }
  }

  const moment = (): number => clock.now().getTime()
  const record = ({ id }: Claim) => key(`key:${id}`)
  const keyed = (claim: Claim) => [...KEYS, record(claim), moment(), claim.inputHash] as const

  async function batches(ended: readonly EndedBatch[], beginning: readonly (string | number)[]) {
    const ends = ended.flatMap(({ id, used, sold }) => [id, JSON.stringify(used), jsonOf(sold)])
    const answer = await attempt(SHORT_MS, () =>
      scripts.karcisBatches(...KEYS, moment(), ended.length, ...ends, ...beginning),
    )
    const used = ended.flatMap((batch) => batch.used).length
    if (used > 0) metrics.holds.inc({ outcome: 'used' }, used)
    return answer
  }

  return {
    async ask(claim, id, items) {
      const answer = await attempt(PATIENCE_MS, () => scripts.karcisAskForHold(...keyed(claim), ...items))
      if (answer[0] === 'open') return { sold: unitsOf(items, answer[1]) }
      return known(answerOf(answer, id))
    },
    async place(claim, { id, body, expiresAt, clientIp, left, sold }) {
      const items = [...left].flatMap(([item, units]) => [item, units, sold.get(item) ?? 0])
      const share = shareOf(clientIp)
      const networks = share.map(({ network }) => key(`network:${hide(network)}`))
      const hold = [expiresAt.getTime(), id, JSON.stringify(body), ...share.map(({ bytes }) => bytes)]
      const { inputHash } = claim
      const answer = await attempt(PATIENCE_MS, () =>
        scripts.karcisPlaceHold(...KEYS, record(claim), ...networks, moment(), inputHash, ...hold, ...items),
      )
      if (answer[0] === 'full') throw new HoldUnavailable(Number(answer[1]))
      if (answer[0] === 'crowded') throw networkIsFull(Number(answer[1]), Number(answer[2]))
      if (answer[0] === 'unsure') return { unsure: soldOutOf(answer) }
      return known(answerOf(answer, id))
    },
    async release(claim, id, owner) {
      return answerOf(
        await attempt(PATIENCE_MS, () => scripts.karcisChangeHold(...keyed(claim), id, owner, 'release', 0)),
        id,
      )
    },
    async extend(claim, id, owner, expiresAt) {
      return answerOf(
        await attempt(PATIENCE_MS, () =>
          scripts.karcisChangeHold(...keyed(claim), id, owner, 'extend', expiresAt.getTime()),
        ),
        id,
      )
    },
    async take(id, owner, eventId, claim) {
      const [text] = await attempt(SHORT_MS, () =>
        scripts.karcisTakeHold(...KEYS, moment(), id, owner, eventId, nameOf(claim), moment() + FLIGHT_MS),
      )
      return typeof text === 'string' ? JSON.parse(text) : null
    },
    async giveBack(id, claim) {
      await attempt(SHORT_MS, () => scripts.karcisGiveHoldBack(...KEYS, moment(), id, nameOf(claim)))
    },
    async begin({ id, items, mayTake }, ended) {
      const beginning = [moment() + FLIGHT_MS, id, jsonOf(mayTake), JSON.stringify(items)]
      const [units] = await batches(ended, beginning)
      return unitsOf(items, units)
    },
    async end(batch) {
      await batches([batch], [])
    },
  }
}

/** Of the order that a hold is kept for. The same key with other input is another one. */
const nameOf = ({ id, inputHash }: Claim): string => `${id} ${inputHash}`

/** An object of it would make its ids names of properties, which V8 keeps. */
const jsonOf = (units: HeldUnits): string =>
  `{${Array.from(units, ([field, count]) => `${JSON.stringify(field)}:${count}`).join(',')}}`

const unitsOf = (items: readonly string[], counts: unknown): HeldUnits => {
  const found: unknown[] = Array.isArray(counts) ? counts : []
  return new Map(found.map((count, index) => [items[index] ?? '', Number(count)]))
}

const soldOutOf = ([, itemId, remaining, held]: readonly unknown[]): SoldOut =>
  new SoldOut(String(itemId), Number(remaining), held === 1)

function known(answer: HoldAnswer | null): HoldAnswer {
  if (!answer) throw new HoldUnavailable()
  return answer
}

function answerOf(answer: readonly unknown[], id: string): HoldAnswer | null {
  const [said, ends, text] = answer
  if (said === 'conflict') throw new IdempotencyConflict()
  if (said === 'extended') throw new HoldExtended()
  if (said === 'short') throw soldOutOf(answer)
  if (said !== 'done' && said !== 'replayed') return null
  const body: HoldBody = JSON.parse(String(text))
  return { hold: { ...body, id, expiresAt: new Date(Number(ends)) }, replayed: said === 'replayed' }
}
