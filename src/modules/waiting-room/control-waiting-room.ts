import { type Caller, requireAccount } from '../../platform/caller.ts'
import { invalid } from '../../platform/errors.ts'
import { serializable } from '../../platform/serializable.ts'
import { eventChanged } from '../events/cache-tags.ts'
import { eventFor } from '../events/event-for.ts'
import { audit, changedFields } from '../organizers/audit.ts'
import { InputCheck } from '../organizers/input-check.ts'
import type { RoomDeps } from './join-waiting-room.ts'
import { type RoomRow, type StaffRoom, staffRoom } from './queries.ts'

export interface OpenWaitingRoomInput {
  readonly eventId: string
  /** Admissions a minute. */
  readonly rate: number
  /** How many may shop at once; null: the server's own figure; absent: as it was. */
  readonly capacity?: number | null
}

const MAX_RATE = 100_000
const MAX_CAPACITY = 1_000_000

type Changes = Partial<Omit<RoomRow, 'id'>>

/** Opens the room of an event, or changes rate and capacity of an open one. Throws ValidationFailed and what eventFor throws. */
export async function openWaitingRoom(
  deps: RoomDeps,
  caller: Caller,
  input: OpenWaitingRoomInput,
): Promise<StaffRoom> {
  return change(deps, caller, input.eventId, 'waiting_room.open', ({ waitingRoomCapacity }) => {
    const check = new InputCheck()
    const changes = {
      waitingRoomRate: check.whole('rate', input.rate, 1, MAX_RATE),
      waitingRoomCapacity: check.optional(input.capacity, waitingRoomCapacity, (value) =>
        check.whole('capacity', value, 1, MAX_CAPACITY),
      ),
    }
    check.done()
    return changes
  })
}

/** Nobody is let in until it goes on; places and admissions stay. Throws as openWaitingRoom does. */
export const pauseWaitingRoom = (deps: RoomDeps, caller: Caller, eventId: string): Promise<StaffRoom> =>
  change(deps, caller, eventId, 'waiting_room.pause', (event) => {
    if (event.waitingRoomRate === null) throw invalid(['eventId'], 'The event has no open waiting room.')
    return { waitingRoomPaused: true }
  })

/** Lets people in again, at the rate of before. */
export const resumeWaitingRoom = (deps: RoomDeps, caller: Caller, eventId: string): Promise<StaffRoom> =>
  change(deps, caller, eventId, 'waiting_room.resume', () => ({ waitingRoomPaused: false }))

/** From now on everybody may order without an admission. */
export const closeWaitingRoom = (deps: RoomDeps, caller: Caller, eventId: string): Promise<StaffRoom> =>
  change(deps, caller, eventId, 'waiting_room.close', () => ({
    waitingRoomRate: null,
    waitingRoomPaused: false,
  }))

async function change(
  deps: RoomDeps,
  caller: Caller,
  id: string,
  action: string,
  decide: (event: RoomRow) => Changes,
): Promise<StaffRoom> {
  const { accountId: actorId } = requireAccount(caller)
  const row = await serializable(deps, 'controlWaitingRoom', async (tx): Promise<RoomRow> => {
    const event = await eventFor(tx, caller, id, 'event.write')
    const { waitingRoomRate, waitingRoomPaused, waitingRoomCapacity } = event
    const before = { waitingRoomRate, waitingRoomPaused, waitingRoomCapacity }
    const changes = changedFields<Changes>(before, { ...before, ...decide(event) })
    if (Object.keys(changes).length === 0) return event
    await tx.event.update({ where: { id: event.id }, data: changes })
    await eventChanged(deps, tx, event)
    await audit(deps, tx, {
      organizerId: event.organizerId,
      actorId,
      action,
      targetType: 'Event',
      targetId: event.id,
      data: changes,
    })
    return { ...event, ...changes }
  })
  deps.waitingRooms.forget()
  return staffRoom(deps, row)
}
