import type { Caller } from '../../platform/caller.ts'
import type { Deps } from '../../platform/deps.ts'
import { NotFound, RateLimited } from '../../platform/errors.ts'
import { parseId } from '../../platform/ids.ts'
import { WaitingRoomUnavailable } from './errors.ts'
import { memberOf, nameOf } from './member.ts'
import { placeIn, queueTokenOf } from './queue-token.ts'
import { drawOf } from './token-keys.ts'
import { stateOf, viewOf, type WaitingRoomView } from './view.ts'
import type { WaitingRooms } from './waiting-rooms.ts'

export type RoomDeps = Deps & { readonly waitingRooms: WaitingRooms }

export interface WaitingRoomTicket {
  /** Null where nobody needs to wait. */
  readonly token: string | null
  readonly waitingRoom: WaitingRoomView
}

/**
 * Gives the caller a place, or the one that it has: an account always, a guest by the token of before. Throws NotFound,
 * WaitingRoomUnavailable, also where as many wait as a room can have, and RateLimited for a network whose guests took too many.
 */
export async function joinWaitingRoom(
  deps: RoomDeps,
  caller: Caller,
  event: string,
  token: string | null | undefined,
  clientIp: string,
): Promise<WaitingRoomTicket> {
  const eventId = parseId(event)
  const room = eventId && (await deps.waitingRooms.settings(eventId))
  if (!room) throw new NotFound('Event', ['eventId'])
  if (stateOf(room, deps.clock.now()) === 'INACTIVE') {
    return { token: null, waitingRoom: viewOf(deps, room, null, null) }
  }
  const place = token ? placeIn(deps, room.id, caller, token) : null
  if (!place && caller.kind === 'guest') {
    const { allowed, resetSeconds } = await deps.waitingRooms.guestPlaces.take(clientIp)
    if (!allowed) throw new RateLimited(resetSeconds)
  }
  const member = place?.member ?? memberOf(caller)
  const draw = drawOf(deps.settings, room.id, nameOf(member))
  const visit = await deps.waitingRooms.visit(room, { act: 'join', member, place, draw })
  if (!visit.standing) throw new WaitingRoomUnavailable('As many wait as can. Come back in a moment.')
  const { rank } = visit.standing
  return {
    token: queueTokenOf(deps, room.id, { member, rank, epoch: visit.epoch }),
    waitingRoom: viewOf(deps, room, visit, member),
  }
}
