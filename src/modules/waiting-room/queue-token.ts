import type { Caller } from '../../platform/caller.ts'
import type { Deps } from '../../platform/deps.ts'
import { idBytes } from '../../platform/ids.ts'
import { FIRST_TIME, isCaller, type Member, nameOf, type Rank } from './member.ts'
import { drawOf, seal, unseal } from './token-keys.ts'

/** A place as its holder can prove it. */
export interface Place {
  readonly member: Member
  readonly rank: Rank
  /** Which life of the room in Redis gave it. A place of another life was lost with it and is given back. */
  readonly epoch: string
}

export const EPOCH_BYTES = 6

// Letter, member, event, rank, epoch.
const BYTES = 1 + 16 + 16 + 8 + EPOCH_BYTES

/** What was drawn is not told: who knew a good draw before the opening could sell it. */
export function queueTokenOf({ settings }: Pick<Deps, 'settings'>, eventId: string, place: Place): string {
  const rank = Buffer.alloc(8)
  rank.writeDoubleBE(place.rank < FIRST_TIME ? 0 : place.rank)
  const epoch = Buffer.from(place.epoch, 'base64url')
  return seal(settings, 'queue', Buffer.concat([nameOf(place.member), idBytes(eventId), rank, epoch]))
}

/** The place that a token proves to this caller; null for a token that is not good for event and caller. */
export function placeIn(
  { settings }: Pick<Deps, 'settings'>,
  eventId: string,
  caller: Caller,
  token: string,
): Place | null {
  const payload = unseal(settings, 'queue', token, BYTES)
  if (!payload?.subarray(17, 33).equals(idBytes(eventId))) return null
  const kind = payload.toString('latin1', 0, 1) === 'a' ? 'account' : 'guest'
  const member: Member = { kind, id: payload.subarray(1, 17) }
  if (!isCaller(caller, member)) return null
  const rank = payload.readDoubleBE(33) || drawOf(settings, eventId, nameOf(member))
  return { member, rank, epoch: payload.subarray(41).toString('base64url') }
}
