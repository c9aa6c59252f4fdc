import { builder, cache, tagged } from '../../builder.ts'
import { NotFound } from '../../platform/errors.ts'
import { EVENTS, stockTag } from '../events/cache-tags.ts'
import { ErrorInterface } from '../shared/schema.ts'
import { AdmissionRequired, WaitingRoomUnavailable } from './errors.ts'
import { joinWaitingRoom, type WaitingRoomTicket } from './join-waiting-room.ts'
import { leaveWaitingRoom } from './leave-waiting-room.ts'
import { findRoomStatus, findWaitingRoom, type RoomStatus } from './queries.ts'
import type { WaitingRoomView } from './view.ts'
import './staff.schema.ts'

export const WaitingRoomStateType = builder.enumType('WaitingRoomState', {
  description: 'Where somebody stands at an event with a waiting room.',
  values: {
    INACTIVE: { description: 'Nobody needs an admission: there is no waiting room, or nothing is for sale.' },
    PRE_QUEUE: { description: 'The sale has not begun. Who is there when it begins is shuffled.' },
    WAITING: { description: 'In the line, first come, first served.' },
    ADMITTED: { description: 'May buy until admissionExpiresAt.' },
    PAUSED: { description: 'Nobody is let in for now. Places stay.' },
    SOLD_OUT: { description: 'Nothing is left. When an order is given back it becomes WAITING again.' },
  } as const,
})

const WaitingRoomType = builder.objectRef<WaitingRoomView>('WaitingRoom').implement({
  description: 'The waiting room of an event, as the caller stands in it.',
  fields: (t) => ({
    eventId: t.exposeID('eventId', { description: 'The event.' }),
    state: t.expose('state', {
      type: WaitingRoomStateType,
      description: 'What the caller can do now; without a place, what awaits who joins.',
    }),
    joined: t.exposeBoolean('joined', {
      description:
        'Whether the caller has a place. False before joinWaitingRoom, after an order, and when an admission was not used in time: join again then.',
    }),
    opensAt: t.expose('opensAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When the sale begins; null once it has.',
    }),
    position: t.exposeInt('position', {
      nullable: true,
      description:
        'Place in the line, 1 is next. It never grows, unless the queue itself was lost and people come back to it. Null ' +
        'while there is no line for the caller: before the sale, when admitted, sold out, or without a place.',
    }),
    number: t.exposeInt('number', {
      nullable: true,
      description:
        'At most this many less WaitingRoomStatus.served are ahead, the caller included: the position, from a public answer.',
    }),
    estimatedWaitSeconds: t.int({
      nullable: true,
      description: 'How long the caller will likely wait, as it goes now; null without a position.',
      resolve: ({ wait }) => wait?.likely ?? null,
    }),
    minWaitSeconds: t.int({
      nullable: true,
      description: 'The same at the best rate.',
      resolve: ({ wait }) => wait?.least ?? null,
    }),
    maxWaitSeconds: t.int({
      nullable: true,
      description: 'The same if it goes half as fast as now.',
      resolve: ({ wait }) => wait?.most ?? null,
    }),
    admissionToken: t.exposeString('admissionToken', {
      nullable: true,
      description: 'For createOrder and placeHold, good for one order; null unless admitted.',
    }),
    admissionExpiresAt: t.expose('admissionExpiresAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When the admission is over; null unless admitted.',
    }),
    pollAfterSeconds: t.exposeInt('pollAfterSeconds', { description: 'When to ask again.' }),
  }),
})

const TicketType = builder.objectRef<WaitingRoomTicket>('WaitingRoomTicket').implement({
  description: 'A place in a waiting room.',
  fields: (t) => ({
    token: t.exposeString('token', {
      nullable: true,
      description:
        'Proves the place, for waitingRoom and to join again; keep it. A guest has nothing else. Null where nobody waits.',
    }),
    waitingRoom: t.expose('waitingRoom', { type: WaitingRoomType, description: 'Where the caller stands.' }),
  }),
})

const StatusType = builder.objectRef<RoomStatus>('WaitingRoomStatus').implement({
  extensions: tagged({ idField: 'eventId', one: stockTag, all: EVENTS }),
  description: 'The waiting room of an event, as everybody sees it.',
  fields: (t) => ({
    eventId: t.exposeID('eventId', { description: 'The event.', extensions: cache.queue }),
    asOf: t.expose('asOf', {
      type: 'DateTime',
      description: 'When this was read.',
      extensions: cache.queue,
    }),
    state: t.expose('state', {
      type: WaitingRoomStateType,
      description: 'What awaits who joins; never ADMITTED.',
      extensions: cache.queue,
    }),
    opensAt: t.expose('opensAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When the sale begins; null once it has, and without a waiting room.',
      extensions: cache.queue,
    }),
    waiting: t.exposeInt('waiting', {
      nullable: true,
      description: 'How many wait; null while the queue cannot be reached.',
      extensions: cache.queue,
    }),
    served: t.exposeInt('served', {
      nullable: true,
      description:
        'How many were called so far; see WaitingRoom.number. Null while the queue cannot be reached.',
      extensions: cache.queue,
    }),
  }),
})

builder.objectType(WaitingRoomUnavailable, {
  name: 'WaitingRoomUnavailableError',
  description:
    'The queue cannot be reached for a moment; no place is lost. Ask again. code: WAITING_ROOM_UNAVAILABLE.',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    retryAfterSeconds: t.exposeInt('retryAfterSeconds', { description: 'Whole seconds to wait.' }),
  }),
})

builder.objectType(AdmissionRequired, {
  name: 'AdmissionRequiredError',
  description:
    'This event has a waiting room and the admission token is missing, over or spent. code: ADMISSION_REQUIRED.',
  interfaces: [ErrorInterface],
})

const eventArgument = 'A published event.'

builder.queryFields((t) => ({
  waitingRoom: t.field({
    type: WaitingRoomType,
    nullable: true,
    description:
      'Where the caller stands in the waiting room. Asking keeps no place and loses none. Null for an unknown event, and ' +
      'for a token that is not good for event and caller. WAITING_ROOM_UNAVAILABLE while the queue cannot be reached.',
    extensions: cache.private,
    args: {
      eventId: t.arg.id({ required: true, description: eventArgument }),
      token: t.arg.string({ description: 'From joinWaitingRoom. An account needs none.' }),
    },
    resolve: (_root, { eventId, token }, ctx) => findWaitingRoom(ctx.deps, ctx.caller, eventId, token),
  }),
  waitingRoomStatus: t.field({
    type: StatusType,
    nullable: true,
    description:
      'The waiting room for everybody, about a second old. Null for an unknown event and for a draft.',
    extensions: cache.queue,
    args: { eventId: t.arg.id({ required: true, description: eventArgument }) },
    resolve: (_root, { eventId }, ctx) => findRoomStatus(ctx.deps, eventId),
  }),
}))

builder.mutationFields((t) => ({
  joinWaitingRoom: t.field({
    type: TicketType,
    description:
      'Takes a place in the waiting room, or gives the one that the caller has: an account has one on all its devices, a ' +
      'guest by its token. Joining again changes nothing, so it takes no idempotencyKey. RATE_LIMITED for guests of a network that ' +
      'took very many places in a day.',
    errors: {
      types: [NotFound, WaitingRoomUnavailable],
      union: { name: 'JoinWaitingRoomResult', description: 'The place, or why there is none.' },
    },
    args: {
      eventId: t.arg.id({ required: true, description: eventArgument }),
      token: t.arg.string({
        description: 'A token of before, to keep its place. One that is not good is as if absent.',
      }),
    },
    resolve: (_root, { eventId, token }, ctx) =>
      joinWaitingRoom(ctx.deps, ctx.caller, eventId, token, ctx.clientIp),
  }),
  leaveWaitingRoom: t.boolean({
    description:
      'Gives up the place, or the admission, of the caller; false when there is none. WAITING_ROOM_UNAVAILABLE while the ' +
      'queue cannot be reached.',
    args: {
      eventId: t.arg.id({ required: true, description: eventArgument }),
      token: t.arg.string({ description: 'From joinWaitingRoom. An account needs none.' }),
    },
    resolve: (_root, { eventId, token }, ctx) => leaveWaitingRoom(ctx.deps, ctx.caller, eventId, token),
  }),
}))
