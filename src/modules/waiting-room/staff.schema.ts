// What staff see of a waiting room, and how they control it.
import { builder, cache } from '../../builder.ts'
import { Forbidden, NotFound, ValidationFailed } from '../../platform/errors.ts'
import {
  closeWaitingRoom,
  openWaitingRoom,
  pauseWaitingRoom,
  resumeWaitingRoom,
} from './control-waiting-room.ts'
import { findStaffRoom, type StaffRoom } from './queries.ts'
import { WaitingRoomStateType } from './schema.ts'

const StaffRoomType = builder.objectRef<StaffRoom>('StaffWaitingRoom').implement({
  description:
    'The waiting room of an event for its staff. Counts are those of the queue right now; null while the room is off, the ' +
    'event is a draft, or the queue cannot be reached.',
  fields: (t) => {
    const count = (
      name: 'waiting' | 'called' | 'active' | 'served' | 'spent' | 'abandoned',
      description: string,
    ) => t.int({ nullable: true, description, resolve: ({ visit }) => visit?.[name] ?? null })
    return {
      eventId: t.exposeID('eventId', { description: 'The event.' }),
      state: t.expose('state', { type: WaitingRoomStateType, description: 'What awaits who joins.' }),
      rate: t.exposeInt('rate', {
        nullable: true,
        description: 'Admissions a minute at most; null: the room is off.',
      }),
      paused: t.exposeBoolean('paused', { description: 'Whether nobody is let in for now.' }),
      capacity: t.exposeInt('capacity', {
        description: 'How many people checkout carries at once; three quarters of them are let in.',
      }),
      currentRate: t.float({
        nullable: true,
        description: 'Admissions a minute as checkout bears them now; 0 while nobody is let in.',
        resolve: ({ visit }) => visit?.rate ?? null,
      }),
      lastMinute: t.float({
        nullable: true,
        description: 'About how many were called within the last minute.',
        resolve: ({ visit }) => visit?.pace ?? null,
      }),
      waiting: count('waiting', 'How many wait.'),
      called: count('called', 'How many were called and have not come yet.'),
      admitted: count('active', 'How many came and may buy.'),
      served: count('served', 'How many were ever called.'),
      spent: count('spent', 'How many placed an order.'),
      abandoned: count('abandoned', 'How many were called and did not buy in time.'),
    }
  },
})

const OpenWaitingRoomInput = builder.inputType('OpenWaitingRoomInput', {
  description: 'How people are let in.',
  fields: (t) => ({
    eventId: t.id({ required: true, description: 'The event.' }),
    rate: t.int({ required: true, description: 'Admissions a minute at most, 1 to 100,000.' }),
    capacity: t.int({
      description:
        'How many people checkout carries at once, 1 to 1,000,000; null: as the server is set up. Absent: unchanged.',
    }),
  }),
})

builder.queryField('staffWaitingRoom', (t) =>
  t.field({
    type: StaffRoomType,
    description: 'The waiting room of one event. For staff with event.write; NOT_FOUND for everybody else.',
    extensions: cache.private,
    args: { eventId: t.arg.id({ required: true, description: 'The event.' }) },
    resolve: (_root, { eventId }, ctx) => findStaffRoom(ctx.deps, ctx.caller, eventId),
  }),
)

const types = [Forbidden, NotFound, ValidationFailed]
const description = 'The room as it is now, or why it is unchanged.'

builder.mutationFields((t) => {
  const eventId = t.arg.id({ required: true, description: 'The event.' })
  return {
    openWaitingRoom: t.field({
      type: StaffRoomType,
      description:
        'Opens the waiting room: from now on tickets need an admission. On an open one it changes rate and capacity, and ' +
        'everybody keeps the place. Needs event.write.',
      errors: { types, union: { name: 'OpenWaitingRoomResult', description } },
      args: { input: t.arg({ type: OpenWaitingRoomInput, required: true, description: 'How.' }) },
      resolve: (_root, { input }, ctx) => openWaitingRoom(ctx.deps, ctx.caller, input),
    }),
    pauseWaitingRoom: t.field({
      type: StaffRoomType,
      description:
        'Lets nobody in until resumeWaitingRoom. Places stay, and who is admitted may buy. Needs event.write.',
      errors: { types, union: { name: 'PauseWaitingRoomResult', description } },
      args: { eventId },
      resolve: (_root, args, ctx) => pauseWaitingRoom(ctx.deps, ctx.caller, args.eventId),
    }),
    resumeWaitingRoom: t.field({
      type: StaffRoomType,
      description:
        'Lets people in again at the same rate, without making up for the pause. Needs event.write.',
      errors: { types, union: { name: 'ResumeWaitingRoomResult', description } },
      args: { eventId },
      resolve: (_root, args, ctx) => resumeWaitingRoom(ctx.deps, ctx.caller, args.eventId),
    }),
    closeWaitingRoom: t.field({
      type: StaffRoomType,
      description: 'Closes the waiting room: everybody may buy without an admission. Needs event.write.',
      errors: { types, union: { name: 'CloseWaitingRoomResult', description } },
      args: { eventId },
      resolve: (_root, args, ctx) => closeWaitingRoom(ctx.deps, ctx.caller, args.eventId),
    }),
  }
})
