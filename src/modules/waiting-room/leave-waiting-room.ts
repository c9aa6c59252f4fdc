import type { Caller } from '../../platform/caller.ts'
import { parseId } from '../../platform/ids.ts'
import type { RoomDeps } from './join-waiting-room.ts'
import { memberOf } from './member.ts'
import { placeIn } from './queue-token.ts'

/** Gives up the caller's place; false when there is none. Throws WaitingRoomUnavailable. */
export async function leaveWaitingRoom(
  deps: RoomDeps,
  caller: Caller,
  event: string,
  token: string | null | undefined,
): Promise<boolean> {
  const eventId = parseId(event)
  if (!eventId) return false
  const member = token
    ? placeIn(deps, eventId, caller, token)?.member
    : caller.kind === 'account'
      ? memberOf(caller)
      : null
  return member ? deps.waitingRooms.leave(eventId, member) : false
}
