import type { Cluster, Redis } from 'ioredis'
import { fewRandomBytes } from '../../platform/random-bytes.ts'
import type { Log } from '../../platform/telemetry.ts'
import { Hanging, within } from '../../platform/within.ts'
import { WaitingRoomUnavailable } from './errors.ts'
import { type Member, nameOf, type Rank } from './member.ts'
import { EPOCH_BYTES, type Place } from './queue-token.ts'
import { LEAVE, VISIT } from './room.lua.ts'

/** What a room is told with every visit. */
export interface RoomRules {
  readonly now: Date
  /** The sale has begun: who comes from now on stands behind who was there. */
  readonly begun: boolean
  /** Admissions a minute; 0 while nobody is let in. */
  readonly rate: number
  /** How many may shop at once. */
  readonly target: number
  readonly admissionMs: number
  readonly pressed: boolean
}

/** Who visits: to get a place, or to look after it. */
export interface Visitor {
  readonly act: 'join' | 'look'
  readonly member: Member
  /** What the visitor's token proves. */
  readonly place: Place | null
  /** Where the visitor stands if it joins before the sale begins. */
  readonly draw: Rank
}

export interface Standing {
  readonly kind: 'waiting' | 'active'
  /** The place in the line, from 1; or the end of the admission. */
  readonly value: number
  readonly rank: Rank
}

export interface Visit {
  readonly epoch: string
  /** How many wait. */
  readonly waiting: number
  /** How many were called and have not come yet. */
  readonly called: number
  /** How many shop. */
  readonly active: number
  /** How many were ever called. */
  readonly served: number
  readonly spent: number
  readonly abandoned: number
  /** Admissions a minute as checkout bears them now. */
  readonly rate: number
  /** How many were called within the last minute, older calls counting less. */
  readonly pace: number
  /** As many shop as should: somebody must finish before the next is called. */
  readonly full: boolean
  readonly standing: Standing | null
}

/** Rooms in Redis. Every method throws WaitingRoomUnavailable when Redis does not answer soon. */
export interface RoomStore {
  visit(eventId: string, rules: RoomRules, visitor: Visitor | null): Promise<Visit>
  /** Takes a member out: false when it was not there. */
  leave(eventId: string, member: Member, because: 'spent' | 'abandoned'): Promise<boolean>
}

// Somebody looks at a page meanwhile.
const PATIENCE_MS = 500
// After Redis hung nobody waits for it again for so long.
const PAUSE_MS = 1_000

interface Scripts {
  karcisVisitRoom(...args: (string | number | Buffer)[]): Promise<(string | number)[]>
  karcisLeaveRoom(...args: (string | number | Buffer)[]): Promise<number>
}

/** All keys of one event stand in one slot of a Cluster. */
export const keysOf = (eventId: string): string[] =>
  ['room', 'waiting', 'called', 'active', 'ranks'].map((name) => `karcis:{room-${eventId}}:${name}`)

/** `redis` should refuse commands while it is not connected rather than queue them. */
export function createRoomStore(redis: Redis | Cluster, log: Log): RoomStore {
  redis.defineCommand('karcisVisitRoom', { numberOfKeys: 5, lua: VISIT })
  redis.defineCommand('karcisLeaveRoom', { numberOfKeys: 5, lua: LEAVE })
  const scripts = redis as (Redis | Cluster) & Scripts
  let pausedUntil = 0

  async function attempt<T>(command: () => Promise<T>): Promise<T> {
    if (performance.now() < pausedUntil) throw new WaitingRoomUnavailable()
    try {
      return await within(PATIENCE_MS, command())
    } catch (error) {
      if (error instanceof Hanging) pausedUntil = performance.now() + PAUSE_MS
      log.warn({ reason: error instanceof Error ? error.message : 'unknown' }, 'a waiting room is away')
      throw new WaitingRoomUnavailable()
    }
  }

  return {
    async visit(eventId, rules, visitor) {
      const answer = await attempt(() =>
        scripts.karcisVisitRoom(
          ...keysOf(eventId),
          rules.now.getTime(),
          rules.begun ? 1 : 0,
          rules.rate,
          rules.target,
          rules.admissionMs,
          rules.pressed ? 1 : 0,
          visitor?.act ?? 'peek',
          visitor ? nameOf(visitor.member) : '',
          visitor?.place?.rank.toFixed() ?? '',
          visitor?.place?.epoch ?? '',
          visitor?.draw.toFixed() ?? '',
          fewRandomBytes(EPOCH_BYTES).toString('base64url'),
        ),
      )
      return visitOf(answer)
    },
    leave: async (eventId, member, because) =>
      (await attempt(() => scripts.karcisLeaveRoom(...keysOf(eventId), nameOf(member), because))) > 0,
  }
}

function visitOf(answer: readonly (string | number)[]): Visit {
  const [epoch, waiting, called, active, served, spent, abandoned, rate, pace, full, kind, value, rank] =
    answer
  return {
    epoch: String(epoch),
    waiting: Number(waiting),
    called: Number(called),
    active: Number(active),
    served: Number(served),
    spent: Number(spent),
    abandoned: Number(abandoned),
    rate: Number(rate),
    pace: Number(pace),
    full: full === 1,
    standing:
      kind === 'waiting' || kind === 'active' ? { kind, value: Number(value), rank: Number(rank) } : null,
  }
}
