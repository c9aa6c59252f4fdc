import type { Cluster, Redis } from 'ioredis'
import type { Clock } from '../../platform/clock.ts'
import { IdempotencyConflict } from '../../platform/errors.ts'
import type { Claim } from '../../platform/idempotency.ts'
import type { Log } from '../../platform/telemetry.ts'
import { HoldExtended, HoldUnavailable, SoldOut } from './errors.ts'
import type { HeldUnits } from './held.ts'
import { CHANGE, GIVE_BACK, LOOK, PLACE, TAKE, USED } from './hold-store.lua.ts'

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
  /** `left`: what the database has of each item. Throws SoldOut and IdempotencyConflict. */
  place(claim: Claim, id: string, body: HoldBody, expiresAt: Date, left: HeldUnits): Promise<HoldAnswer>
  /** Null when this owner has no such hold. Throws IdempotencyConflict. */
  release(claim: Claim, id: string, owner: string): Promise<HoldAnswer | null>
  /** As release; throws HoldExtended the second time. */
  extend(claim: Claim, id: string, owner: string, expiresAt: Date): Promise<HoldAnswer | null>
  /** Keeps a hold for one order; null when it is over, another's, or kept for another order. */
  take(id: string, owner: string, eventId: string, claim: Claim): Promise<HoldBody | null>
  giveBack(id: string, claim: Claim): Promise<void>
  used(ids: readonly string[]): Promise<void>
  look(items: readonly string[]): Promise<HeldUnits>
}

// Somebody looks at a page meanwhile.
const PATIENCE_MS = 500
// An order goes on without.
const SHORT_MS = 100
// After Redis hung nobody waits for it again for so long.
const PAUSE_MS = 1_000

type Command = (...args: (string | number)[]) => Promise<unknown>
interface Scripts {
  karcisPlaceHold: Command
  karcisChangeHold: Command
  karcisTakeHold: Command
  karcisGiveHoldBack: Command
  karcisHoldsUsed: Command
  karcisLookAtHolds: Command
}

// One slot of a Cluster for all events: merchandise is sold at several, and what is held of it must be one figure.
const key = (name: string): string => `karcis:{holds}:${name}`
const KEYS = ['holds', 'ends', 'units', 'slots', 'marks'].map(key)

/** `redis` should refuse commands while it is not connected rather than queue them. */
export function createHoldStore(
  redis: Redis | Cluster,
  { clock, log, recordMs }: { readonly clock: Clock; readonly log: Log; readonly recordMs: number },
): HoldStore {
  const define = (name: keyof Scripts, numberOfKeys: number, lua: string) =>
    redis.defineCommand(name, { numberOfKeys, lua })
  define('karcisPlaceHold', 6, PLACE)
  define('karcisChangeHold', 6, CHANGE)
  define('karcisTakeHold', 5, TAKE)
  define('karcisGiveHoldBack', 5, GIVE_BACK)
  define('karcisHoldsUsed', 5, USED)
  define('karcisLookAtHolds', 5, LOOK)
  const scripts = redis as (Redis | Cluster) & Scripts
  let pausedUntil = 0

  async function attempt(milliseconds: number, command: () => Promise<unknown>): Promise<unknown> {
    if (performance.now() < pausedUntil) throw new HoldUnavailable()
    try {
      return await within(milliseconds, command())
    } catch (error) {
      if (error instanceof Hanging) pausedUntil = performance.now() + PAUSE_MS
      log.warn({ reason: error instanceof Error ? error.message : 'unknown' }, 'holds are away')
      throw new HoldUnavailable()
    }
  }

  const moment = (): number => clock.now().getTime()
  const keyed = (claim: Claim) =>
    [...KEYS, key(`key:${claim.id}`), moment(), claim.inputHash, recordMs] as const

  return {
    async place(claim, id, body, expiresAt, left) {
      const items = [...left].flat()
      const answer = await attempt(PATIENCE_MS, () =>
        scripts.karcisPlaceHold(...keyed(claim), expiresAt.getTime(), id, JSON.stringify(body), ...items),
      )
      const placed = answerOf(answer, id)
      if (!placed) throw new HoldUnavailable()
      return placed
    },
    async release(claim, id, owner) {
      return answerOf(
        await attempt(PATIENCE_MS, () => scripts.karcisChangeHold(...keyed(claim), id, owner, 'release')),
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
      const text = await attempt(SHORT_MS, () =>
        scripts.karcisTakeHold(...KEYS, moment(), id, owner, eventId, claim.id),
      )
      return typeof text === 'string' ? JSON.parse(text) : null
    },
    async giveBack(id, claim) {
      await attempt(SHORT_MS, () => scripts.karcisGiveHoldBack(...KEYS, moment(), id, claim.id))
    },
    async used(ids) {
      await attempt(SHORT_MS, () => scripts.karcisHoldsUsed(...KEYS, moment(), ...ids))
    },
    async look(items) {
      const units = await attempt(SHORT_MS, () => scripts.karcisLookAtHolds(...KEYS, moment(), ...items))
      const found: unknown[] = Array.isArray(units) ? units : []
      return new Map(found.map((count, index) => [items[index] ?? '', Number(count)]))
    },
  }
}

function answerOf(answer: unknown, id: string): HoldAnswer | null {
  const [said, ends, text]: unknown[] = Array.isArray(answer) ? answer : []
  if (said === 'conflict') throw new IdempotencyConflict()
  if (said === 'extended') throw new HoldExtended()
  if (said === 'short') throw new SoldOut(String(ends), Number(text))
  if (said !== 'done' && said !== 'replayed') return null
  const body: HoldBody = JSON.parse(String(text))
  return { hold: { ...body, id, expiresAt: new Date(Number(ends)) }, replayed: said === 'replayed' }
}

class Hanging extends Error {}

/** Throws when the work takes longer. */
async function within<T>(milliseconds: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    // After a stall of this process the answer may be here and unread: reading comes before what is set immediate.
    timer = setTimeout(() => setImmediate(() => reject(new Hanging('Redis took too long'))), milliseconds)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
