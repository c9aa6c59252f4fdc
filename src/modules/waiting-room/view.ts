import type { Deps } from '../../platform/deps.ts'
import { admissionTokenOf } from './admission-token.ts'
import { type Member, placeIdOf } from './member.ts'
import { phaseOf, type RoomSettings } from './room-settings.ts'
import type { Visit } from './room-store.ts'

export type WaitingRoomState = 'INACTIVE' | 'PRE_QUEUE' | 'WAITING' | 'ADMITTED' | 'PAUSED' | 'SOLD_OUT'

/** How long somebody will wait, in seconds. */
export interface Wait {
  readonly likely: number
  readonly least: number
  readonly most: number
}

/** A waiting room as one visitor sees it. */
export interface WaitingRoomView {
  readonly eventId: string
  readonly state: WaitingRoomState
  readonly joined: boolean
  readonly opensAt: Date | null
  readonly position: number | null
  readonly number: number | null
  readonly wait: Wait | null
  readonly admissionToken: string | null
  readonly admissionExpiresAt: Date | null
  readonly pollAfterSeconds: number
}

/** The state for somebody without an admission. */
export function stateOf(room: RoomSettings, now: Date): WaitingRoomState {
  const { phase, soldOut } = phaseOf(room, now)
  if (phase === 'OFF' || phase === 'OVER') return 'INACTIVE'
  if (phase === 'PRE_QUEUE') return phase
  if (soldOut) return 'SOLD_OUT'
  return room.waitingRoomPaused ? 'PAUSED' : 'WAITING'
}

/** What a visit found, for the visitor; null for one that only looked in, or has no place. */
export function viewOf(
  deps: Pick<Deps, 'settings' | 'clock'>,
  room: RoomSettings,
  visit: Visit | null,
  member: Member | null,
): WaitingRoomView {
  const now = deps.clock.now()
  const standing = visit?.standing ?? null
  const general = stateOf(room, now)
  const admitted = standing?.kind === 'active' ? standing : null
  const state = admitted && (general === 'WAITING' || general === 'PAUSED') ? 'ADMITTED' : general
  // Before the opening there is no order yet, and after the last ticket nobody moves.
  const position =
    standing?.kind === 'waiting' && (state === 'WAITING' || state === 'PAUSED') ? standing.value : null
  const wait = state === 'WAITING' && visit && position !== null ? waitOf(room, visit, position) : null
  const expiresAt = admitted && new Date(admitted.value)
  return {
    eventId: room.id,
    state,
    joined: standing !== null,
    opensAt: phaseOf(room, now).opensAt,
    position,
    number: visit && position !== null ? visit.served + position : null,
    wait,
    admissionToken:
      admitted && expiresAt && member
        ? admissionTokenOf(
            deps,
            { id: placeIdOf(room.id, member, admitted.rank), eventId: room.id, member },
            expiresAt,
          )
        : null,
    admissionExpiresAt: expiresAt,
    pollAfterSeconds: pollAfter(state, wait),
  }
}

/** At the rate that the organizer set it takes least; as it goes now, likely; and twice that at most, as a rule. */
function waitOf(room: RoomSettings, visit: Visit, position: number): Wait {
  const set = room.waitingRoomRate ?? 1
  // While shopping is full the line moves as fast as people finish.
  const now = visit.full ? Math.min(visit.rate, Math.max(visit.pace, 1)) : visit.rate
  const seconds = (rate: number) => Math.ceil((position / Math.max(rate, 0.1)) * 60)
  const likely = Math.max(seconds(now), seconds(set))
  return { likely, least: seconds(set), most: likely * 2 }
}

const SOON_SECONDS = 3
const LONGEST_SECONDS = 30

/** Who waits long need not ask often: ten times on the way are enough, and a call waits for minutes. */
function pollAfter(state: WaitingRoomState, wait: Wait | null): number {
  if (state === 'ADMITTED' || state === 'INACTIVE' || state === 'SOLD_OUT') return LONGEST_SECONDS
  if (state === 'PRE_QUEUE') return LONGEST_SECONDS
  if (state !== 'WAITING' || !wait) return 10
  return Math.min(LONGEST_SECONDS, Math.max(SOON_SECONDS, Math.round(wait.likely / 10)))
}
