import { builder, scanned } from '../../builder.ts'
import * as errors from '../../platform/errors.ts'
import { ErrorInterface } from '../shared/schema.ts'
import { TicketType } from '../tickets/schema.ts'
import { heldBy } from '../tickets/ticket-secrets.ts'
import { checkIn } from './check-in.ts'
import * as refusals from './errors.ts'

const DirectionType = builder.enumType('CheckInDirection', {
  description: 'Which way somebody passes a gate.',
  values: {
    ENTRY: { description: 'In.' },
    EXIT: {
      description:
        'Out, once. Frees the ticket for another entry where the event allows re-entry; elsewhere it has left for good.',
    },
  },
})

const CheckInType = builder.prismaObject('CheckIn', {
  description: 'One accepted scan. Shown to the gate only.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'Opaque id.' }),
    ticket: t.field({
      type: TicketType,
      description: 'What was scanned.',
      select: (_args, _ctx, nested) => ({ ticket: nested(true) }),
      resolve: ({ ticket }) => heldBy('gate', ticket),
    }),
    gateId: t.exposeID('gateId', { description: 'Where.' }),
    gate: t.relation('gate', { description: 'Where, by name.' }),
    direction: t.expose('direction', { type: DirectionType, description: 'In or out.' }),
    scannedAt: t.expose('scannedAt', {
      type: 'DateTime',
      description:
        "When, by the gate's clock if it said so and that can have been: not before the ticket was issued, and not later " +
        'than we heard of it. Else when we heard of it.',
    }),
    claimedAt: t.expose('claimedAt', {
      type: 'DateTime',
      nullable: true,
      description: "What the gate's clock said where that cannot have been: set that clock. Else null.",
    }),
  }),
})

builder.objectType(refusals.TicketAlreadyUsed, {
  name: 'TicketAlreadyUsedError',
  description:
    'Somebody was admitted with this ticket before, and is inside or has left for good. code: TICKET_ALREADY_USED.',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    firstCheckIn: t.expose('firstCheckIn', { type: CheckInType, description: 'When and at which gate.' }),
    leftAt: t.expose('leftAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it left, of an event that lets nobody in again; null while it is inside.',
    }),
  }),
})
builder.objectType(refusals.TicketInvalid, {
  name: 'TicketInvalidError',
  description:
    'No token that we signed and no code of a ticket (code: TICKET_INVALID), an EXIT of a ticket that is not inside ' +
    '(TICKET_NOT_INSIDE), or a scan that a keyboard layout or caps lock made unreadable (TICKET_UNREADABLE).',
  interfaces: [ErrorInterface],
})
builder.objectType(refusals.TicketRevoked, {
  name: 'TicketRevokedError',
  description: 'The ticket was refunded or replaced, or its event was cancelled. code: TICKET_REVOKED.',
  interfaces: [ErrorInterface],
})
builder.objectType(refusals.WrongGate, {
  name: 'WrongGateError',
  description: 'The ticket is for another gate or another event. code: WRONG_GATE.',
  interfaces: [ErrorInterface],
})
builder.objectType(refusals.OutsideWindow, {
  name: 'OutsideWindowError',
  description: 'The gate does not open yet, or closed, for this ticket. code: OUTSIDE_WINDOW.',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    opensAt: t.expose('opensAt', {
      type: 'DateTime',
      nullable: true,
      description: 'Null: open from publication on.',
    }),
    closesAt: t.expose('closesAt', { type: 'DateTime', description: 'The end of the schedule or event.' }),
  }),
})

const CheckInInput = builder.inputType('CheckInInput', {
  description: 'One scan.',
  fields: (t) => ({
    ticketToken: t.string({
      required: true,
      defaultValue: '',
      extensions: scanned,
      description:
        'What the QR code holds, as the scanner sends it: blanks, control characters and an AIM prefix around it do not ' +
        'count. A printed code is taken as well. Empty where code is given.',
    }),
    code: t.string({
      extensions: scanned,
      description:
        'Instead of ticketToken: the printed code as typed, in any case, with blanks or dashes, O for 0 and I or L for 1. ' +
        '30 codes that are not there within 10 minutes make a device wait (429).',
    }),
    gateId: t.id({ required: true, description: 'The gate that scans; a device may name only its own.' }),
    direction: t.field({ type: DirectionType, defaultValue: 'ENTRY', description: 'Way through the gate.' }),
    scannedAt: t.field({
      type: 'DateTime',
      description:
        "The gate's time of the scan, also of one that is sent later; the gate must have been open then. The server's " +
        'without it.',
    }),
  }),
})

builder.mutationField('checkIn', (t) =>
  t.field({
    type: CheckInType,
    description:
      'Admits a ticket at most once at a time. For staff with check_in.write and gate devices; a gate of another ' +
      'organizer is not found.',
    errors: {
      types: [
        refusals.TicketAlreadyUsed,
        refusals.TicketInvalid,
        refusals.TicketRevoked,
        refusals.WrongGate,
        refusals.OutsideWindow,
        errors.NotFound,
        errors.IdempotencyConflict,
        errors.ValidationFailed,
      ],
      union: {
        name: 'CheckInResult',
        description: 'The admission, or why there is none: a colour for each.',
      },
    },
    args: {
      input: t.arg({ type: CheckInInput, required: true, description: 'The scan.' }),
      idempotencyKey: t.arg.string({
        required: true,
        description: 'Made by the device, one a scan; see Mutation.',
      }),
    },
    resolve: async (_root, { input, idempotencyKey }, ctx) => {
      const { value, replayed } = await checkIn(ctx.deps, ctx.caller, input, idempotencyKey)
      ctx.reply.replayed ||= replayed
      return value
    },
  }),
)
