import type { Event } from '../../generated/prisma/client.ts'
import type { Caller } from '../../platform/caller.ts'
import { parseId } from '../../platform/ids.ts'
import { eventFor } from '../events/event-for.ts'
import { WaitingRoomUnavailable } from './errors.ts'
import type { RoomDeps } from './join-waiting-room.ts'
import { memberOf, nameOf } from './member.ts'
import { placeIn } from './queue-token.ts'
import type { RoomSettings } from './room-settings.ts'
import type { Visit } from './room-store.ts'
import { drawOf } from './token-keys.ts'
import { stateOf, viewOf, type WaitingRoomState, type WaitingRoomView } from './view.ts'

/**
 * The room as the caller sees it. Null for an unknown event, and for a token that is not good for event and caller. A guest
 * without a token sees what everybody sees. Throws WaitingRoomUnavailable.
 */
export async function findWaitingRoom(
  deps: RoomDeps,
  caller: Caller,
  event: string,
  token: string | null | undefined,
): Promise<WaitingRoomView | null> {
  const eventId = parseId(event)
  const room = eventId && (await deps.waitingRooms.settings(eventId))
  if (!room) return null
  const place = token ? placeIn(deps, room.id, caller, token) : null
  if (token && !place) return null
  if (stateOf(room, deps.clock.now()) === 'INACTIVE') return viewOf(deps, room, null, null)
  const member = place?.member ?? (caller.kind === 'account' ? memberOf(caller) : null)
  if (!member) return viewOf(deps, room, null, null)
  const draw = drawOf(deps.settings, room.id, nameOf(member))
  const visit = await deps.waitingRooms.visit(room, { act: 'look', member, place, draw })
  return viewOf(deps, room, visit, member)
}

/** What everybody may see of a room. */
export interface RoomStatus {
  readonly eventId: string
  readonly asOf: Date
  readonly state: WaitingRoomState
  readonly opensAt: Date | null
  /** Null while Redis is away. */
  readonly waiting: number | null
  readonly served: number | null
}

/** The room as everybody sees it; null for an unknown event and for a draft. */
export async function findRoomStatus(deps: RoomDeps, event: string): Promise<RoomStatus | null> {
  const eventId = parseId(event)
  const room = eventId && (await deps.waitingRooms.settings(eventId))
  if (!room) return null
  const asOf = deps.clock.now()
  const { state, opensAt } = viewOf(deps, room, null, null)
  const visit = state === 'INACTIVE' ? null : await visitIfThere(deps, room)
  return {
    eventId: room.id,
    asOf,
    state,
    opensAt,
    waiting: state === 'INACTIVE' ? 0 : (visit?.waiting ?? null),
    served: state === 'INACTIVE' ? 0 : (visit?.served ?? null),
  }
}

async function visitIfThere(deps: RoomDeps, room: RoomSettings): Promise<Visit | null> {
  try {
    return await deps.waitingRooms.visit(room, null)
  } catch (error) {
    if (error instanceof WaitingRoomUnavailable) return null
    throw error
  }
}

/** What an event says of its room. */
export type RoomRow = Pick<Event, 'id' | 'waitingRoomRate' | 'waitingRoomPaused' | 'waitingRoomCapacity'>

/** A room as its organizer's staff see it. */
export interface StaffRoom {
  readonly eventId: string
  readonly state: WaitingRoomState
  readonly rate: number | null
  readonly paused: boolean
  readonly capacity: number
  /** Null while the room is off or the event a draft, and while Redis is away. */
  readonly visit: Visit | null
}

/** The room of one event, for staff with event.write. Throws what eventFor throws. */
export async function findStaffRoom(deps: RoomDeps, caller: Caller, event: string): Promise<StaffRoom> {
  return staffRoom(deps, await eventFor(deps.prisma, caller, event, 'event.write'))
}

export async function staffRoom(deps: RoomDeps, row: RoomRow): Promise<StaffRoom> {
  const room = await deps.waitingRooms.settings(row.id)
  const visit = room && row.waitingRoomRate !== null ? await visitIfThere(deps, room) : null
  return {
    eventId: row.id,
    state: room ? stateOf(room, deps.clock.now()) : 'INACTIVE',
    rate: row.waitingRoomRate,
    paused: row.waitingRoomPaused,
    capacity: row.waitingRoomCapacity ?? deps.settings.checkoutCapacity,
    visit,
  }
}
