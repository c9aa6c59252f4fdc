import type { Redis } from 'ioredis'
import type { Deps } from '../../platform/deps.ts'
import type { OpenLimiter } from '../../platform/limiter.ts'
import { type NetworkLimiter, openNetworkLimiter } from '../../platform/network-limiter.ts'
import type { Admission } from './admission-token.ts'
import { type CheckoutPressure, createCheckoutPressure } from './checkout-pressure.ts'
import type { Member } from './member.ts'
import { watchRooms } from './room-metrics.ts'
import { phaseOf, type RoomSettings, RoomSettingsCache } from './room-settings.ts'
import { createRoomStore, type Visit, type Visitor } from './room-store.ts'

/** The waiting rooms of all events, as this process reaches them. */
export interface WaitingRooms {
  /** What checkout tells of how it bears the load. */
  readonly checkout: CheckoutPressure
  /** From memory, about a second old; null for an unknown event and for a draft. */
  settings(eventId: string): Promise<RoomSettings | null>
  /** Lets in who may go in, and says where the visitor stands. Throws WaitingRoomUnavailable. */
  visit(room: RoomSettings, visitor: Visitor | null): Promise<Visit>
  /** New places of guests, by network: each is remembered for days. */
  readonly guestPlaces: NetworkLimiter
  /** Takes somebody out of the queue; false when they were not in it. Throws WaitingRoomUnavailable. */
  leave(eventId: string, member: Member): Promise<boolean>
  /** An order was placed with this admission. Says so to the room, sooner or later; the order needs no answer. */
  spent(admission: Admission): void
  /** Something that the public sees has changed, perhaps the settings of a room or what is left to sell. */
  forget(): void
}

// A place weighs 114 bytes, so a network fills 2 MB a day. As many as stand behind the largest carrier's address.
const GUEST_PLACES = { points: 20_000, seconds: 86_400 }

// Above this share of what checkout carries, waiting for it grows faster than what it sells.
const BEST_SHARE = 0.75

type RoomDeps = Pick<Deps, 'settings' | 'prisma' | 'clock' | 'log' | 'metrics'>

/** `redis` should refuse commands while it is not connected; `crowded`: requests wait for a database connection. */
export function createWaitingRooms(
  deps: RoomDeps,
  redis: Redis,
  openLimiter: OpenLimiter,
  crowded: () => boolean,
): WaitingRooms {
  const store = createRoomStore(redis, deps.log)
  const cache = new RoomSettingsCache(deps)
  const checkout = createCheckoutPressure(deps.clock, crowded)
  const report = watchRooms(deps)
  return {
    checkout,
    guestPlaces: openNetworkLimiter(openLimiter, 'guest-places', GUEST_PLACES),
    settings: (eventId) => cache.get(eventId),
    async visit(room, visitor) {
      const now = deps.clock.now()
      const { phase, soldOut } = phaseOf(room, now)
      const shut = phase !== 'OPEN' || soldOut || room.waitingRoomPaused
      const capacity = room.waitingRoomCapacity ?? deps.settings.checkoutCapacity
      const visit = await store.visit(
        room.id,
        {
          now,
          begun: phase === 'OPEN',
          rate: shut ? 0 : (room.waitingRoomRate ?? 0),
          target: Math.max(1, Math.floor(capacity * BEST_SHARE)),
          admissionMs: deps.settings.admissionTtlSeconds * 1_000,
          pressed: checkout.pressed(),
        },
        visitor,
      )
      report(room.id, visit)
      return visit
    },
    leave: (eventId, member) => store.leave(eventId, member, 'abandoned'),
    spent: ({ eventId, member }) => {
      // If Redis misses it, the place is free when the admission's time is over.
      store.leave(eventId, member, 'spent').catch(() => undefined)
    },
    forget: () => cache.forget(),
  }
}
