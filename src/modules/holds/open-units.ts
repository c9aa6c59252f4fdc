// How much of an event one network may hold or leave unpaid. The rules stand in docs/decisions/0042-open-units.md.
import type { Cluster, Redis } from 'ioredis'
import type { Deps } from '../../platform/deps.ts'
import type { HideKey } from '../../platform/hidden-key.ts'
import type { Claim } from '../../platform/idempotency.ts'
import { NETWORK_WIDTHS, networksOf } from '../../platform/network.ts'
import { fewRandomBytes } from '../../platform/random-bytes.ts'
import { within } from '../../platform/within.ts'
import { LimitExceeded } from './errors.ts'
import { createNetworkCaps } from './network-caps.ts'
import { ADD_OPEN, CLOSE_OPEN } from './open-units.lua.ts'
import { stillOpen } from './still-open.ts'

/** A network of a client, where its open units of one event are counted, and how many it may have. */
export interface NetworkCap {
  readonly key: string
  readonly cap: number
}

/** An order that is to be open until it is paid, ended or refused. */
export interface Opening {
  readonly id: string
  readonly units: number
  /** Those that its hold does not cover. These alone are new to a network that the hold came from. */
  readonly unheld: number
  readonly holdId: string | null
  readonly expiresAt: Date
  readonly caps: readonly NetworkCap[]
}

export interface OpenUnits {
  /**
   * The networks of a client's address with their caps for an order or a hold of so many units of an event; null: of merchandise
   * without one. Read every 5 s at most.
   */
  capsOf(eventId: string | null, ip: string, units: number): Promise<readonly NetworkCap[]>
  /**
   * Counts orders in one step, and says for each why it may not be placed, or null. None of this fails: without Redis nothing is
   * counted.
   */
  add(openings: readonly Opening[]): Promise<readonly (LimitExceeded | null)[]>
  /** Closes soon what was paid or has ended there; once a second at most. */
  refresh(caps: readonly NetworkCap[]): void
  /** These did not come about, or were there before. */
  close(openings: readonly Opening[]): Promise<void>
}

type OpenUnitsDeps = Pick<Deps, 'prisma' | 'clock' | 'log' | 'settings'> & { readonly hide: HideKey }

// As long as a batch of orders waits for what is held.
const PATIENCE_MS = 100
const LOOK_EVERY_MS = 1_000
const MAX_LOOKS = 10_000

type Command = (keys: number, ...keysThenValues: (string | number)[]) => Promise<unknown>
interface Scripts {
  karcisAddOpen: Command
  karcisCloseOpen: Command
}

/** Each try of an order counts for itself: one that replays or is refused closes what it opened, and no more. */
export const openingId = ({ id }: Claim): string => `order ${id} ${fewRandomBytes(6).toString('base64url')}`

// What others behind the same address pay or cancel makes room at any time, long before anything ends by itself.
const MAX_RETRY_SECONDS = 15

/** Why a network has to wait, until something of it ends in so many milliseconds or is paid before. */
export const networkIsFull = (cap: number, waitMs: number): LimitExceeded => {
  const seconds = Math.min(MAX_RETRY_SECONDS, Math.max(1, Math.ceil(waitMs / 1_000)))
  return new LimitExceeded(cap, ['input'], 'PER_NETWORK', seconds)
}

export function createOpenUnits(redis: Redis | Cluster, deps: OpenUnitsDeps): OpenUnits {
  redis.defineCommand('karcisAddOpen', { lua: ADD_OPEN })
  redis.defineCommand('karcisCloseOpen', { lua: CLOSE_OPEN })
  const scripts = redis as (Redis | Cluster) & Scripts
  const { hide, clock, log } = deps
  const capOf = createNetworkCaps(deps.prisma)
  const looked = new Map<string, number>()

  async function close(entries: readonly { key: string; id: string }[]): Promise<void> {
    if (entries.length === 0) return
    const [keys, ids] = [entries.map(({ key }) => key), entries.map(({ id }) => id)]
    await within(PATIENCE_MS, scripts.karcisCloseOpen(keys.length, ...keys, ...ids))
  }

  /** Closes what was paid or has ended, as the database says. */
  async function look(caps: readonly NetworkCap[]): Promise<void> {
    for (const { key } of caps) {
      const now = performance.now()
      if ((looked.get(key) ?? Number.NEGATIVE_INFINITY) > now - LOOK_EVERY_MS) continue
      if (looked.size >= MAX_LOOKS) looked.clear()
      looked.set(key, now)
      const entries = await redis.hgetall(key)
      const open = await stillOpen(deps, entries)
      await close(
        Object.keys(entries)
          .filter((id) => id.startsWith('order ') && !open.has(id))
          .map((id) => ({ key, id })),
      )
    }
  }

  const unknown = (error: unknown) =>
    log.warn({ reason: error instanceof Error ? error.message : 'unknown' }, 'open units are not counted')

  const refresh = (caps: readonly NetworkCap[]) => {
    look(caps).catch(unknown)
  }

  return {
    refresh,
    async capsOf(eventId, ip, units) {
      const { cap, widest } = await capOf(eventId, units)
      return networksOf(ip).map((network, width) => ({
        key: `karcis:{holds}:open:${hide(`${eventId ?? ''} ${network}`)}`,
        cap: Math.min(cap * (NETWORK_WIDTHS[width]?.factor ?? 1), Math.max(cap, widest)),
      }))
    },
    async add(openings) {
      const keys = openings.flatMap(({ caps }) => caps.map(({ key }) => key))
      const values = openings.flatMap(({ id, units, unheld, holdId, expiresAt, caps }) => [
        ...[id, units, unheld, holdId ?? '', expiresAt.getTime(), caps.length],
        ...caps.map(({ cap }) => cap),
      ])
      try {
        const adding = scripts.karcisAddOpen(keys.length, ...keys, clock.now().getTime(), ...values)
        const answer = await within(PATIENCE_MS, adding)
        const told: unknown[] = Array.isArray(answer) ? answer : []
        return openings.map((opening, index) => {
          const wait = Number(told[index] ?? 0)
          if (wait !== 0) refresh(opening.caps)
          return wait > 0 ? networkIsFull(opening.caps[0]?.cap ?? 0, wait) : null
        })
      } catch (error) {
        unknown(error)
        return openings.map(() => null)
      }
    },
    close: (openings) =>
      close(openings.flatMap(({ id, caps }) => caps.map(({ key }) => ({ key, id })))).catch(unknown),
  }
}
