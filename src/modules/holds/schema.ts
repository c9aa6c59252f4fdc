import { builder } from '../../builder.ts'
import * as errors from '../../platform/errors.ts'
import { keyArgument } from '../shared/schema.ts'
import { AdmissionRequired } from '../waiting-room/errors.ts'
import { extendHold, releaseHold } from './change-hold.ts'
import * as refusals from './errors.ts'
import type { HeldLine, Hold } from './hold-store.ts'
import { placeHold } from './place-hold.ts'
import './refusals.schema.ts'

export const TicketLineInput = builder.inputType('TicketLineInput', {
  description: 'Tickets of one category. Lines of the same category are added up.',
  fields: (t) => ({
    ticketCategoryId: t.id({ required: true, description: 'A category of the event.' }),
    quantity: t.int({ required: true, description: 'From 1 to maxPerOrder of the category.' }),
    attendeeNames: t.stringList({
      description: 'At most one a ticket, 1 to 100 characters each, without web or e-mail addresses.',
    }),
  }),
})

export const MerchandiseLineInput = builder.inputType('MerchandiseLineInput', {
  description: 'Units of one variant. Lines of the same variant are added up.',
  fields: (t) => ({
    variantId: t.id({ required: true, description: "A published variant of the event's organizer." }),
    quantity: t.int({ required: true, description: 'From 1 to maxPerOrder of the variant.' }),
  }),
})

const HeldLineType = builder.objectRef<HeldLine>('HoldLine').implement({
  description: 'So many units of one item.',
  fields: (t) => ({
    itemId: t.exposeID('itemId', { description: 'The ticket category or variant.' }),
    quantity: t.exposeInt('quantity', { description: 'Units.' }),
  }),
})

const HoldType = builder.objectRef<Hold>('Hold').implement({
  description: 'Stock that nobody else can order until expiresAt. It is lost if the server loses its memory.',
  fields: (t) => ({
    id: t.exposeID('id', {
      description: "For createOrder. Keep a guest's secret: whoever knows it may use the hold.",
    }),
    expiresAt: t.expose('expiresAt', { type: 'DateTime', description: 'When it is over, unless extended.' }),
    eventId: t.exposeID('eventId', { description: 'The event.' }),
    tickets: t.expose('tickets', { type: [HeldLineType], description: 'Tickets by category.' }),
    merchandise: t.expose('merchandise', { type: [HeldLineType], description: 'Merchandise by variant.' }),
  }),
})

const PlaceHoldInput = builder.inputType('PlaceHoldInput', {
  description: 'What to hold: tickets of one event and merchandise of its organizer, all of it or nothing.',
  fields: (t) => ({
    eventId: t.id({ required: true, description: 'A published event.' }),
    tickets: t.field({ type: [TicketLineInput], description: 'With merchandise 1 to 100 lines.' }),
    merchandise: t.field({ type: [MerchandiseLineInput], description: 'With tickets 1 to 100 lines.' }),
    admissionToken: t.string({
      description: 'From the waiting room, where the event has one. The order then needs none.',
    }),
    deviceId: t.string({
      description:
        "As in CreateOrderInput. A guest's device has one hold an event; a guest without has none that is replaced.",
    }),
  }),
})

const shared = [refusals.HoldUnavailable, errors.IdempotencyConflict, errors.ValidationFailed]

builder.mutationFields((t) => {
  const holdId = t.arg.id({
    required: true,
    description: 'A hold of this caller, or one whose id a guest knows.',
  })
  const idempotencyKey = t.arg.string({
    required: true,
    description: `${keyArgument} It is kept until the hold ends, or would have ended if released.`,
  })
  return {
    placeHold: t.field({
      type: HoldType,
      description:
        'Holds stock for a few minutes, so that filling in a form loses nothing. A buyer has one hold an event: a new one ' +
        'replaces it, and leaves it as it is when refused. However often replaced, it ends after twice its time.',
      errors: {
        types: [refusals.SoldOut, refusals.SaleClosed, refusals.LimitExceeded, AdmissionRequired, ...shared],
        union: { name: 'PlaceHoldResult', description: 'The hold, or why there is none.' },
      },
      args: {
        input: t.arg({ type: PlaceHoldInput, required: true, description: 'What to hold.' }),
        idempotencyKey,
      },
      resolve: async (_root, { input, idempotencyKey: key }, ctx) => {
        const { hold, replayed } = await placeHold(ctx.deps, ctx.caller, input, key, ctx.clientIp)
        ctx.reply.replayed ||= replayed
        return hold
      },
    }),
    extendHold: t.field({
      type: HoldType,
      description: 'Lets a hold last its whole time from now. Once a hold.',
      errors: {
        types: [refusals.HoldExpired, refusals.HoldExtended, ...shared],
        union: { name: 'ExtendHoldResult', description: 'The hold, or why it is as it was.' },
      },
      args: { holdId, idempotencyKey },
      resolve: async (_root, args, ctx) => {
        const { hold, replayed } = await extendHold(ctx.deps, ctx.caller, args.holdId, args.idempotencyKey)
        ctx.reply.replayed ||= replayed
        return hold
      },
    }),
    releaseHold: t.field({
      type: HoldType,
      description: 'Ends a hold: what it held is for sale again.',
      errors: {
        types: [errors.NotFound, ...shared],
        union: { name: 'ReleaseHoldResult', description: 'The hold as it was, or why there is none.' },
      },
      args: { holdId, idempotencyKey },
      resolve: async (_root, args, ctx) => {
        const { hold, replayed } = await releaseHold(ctx.deps, ctx.caller, args.holdId, args.idempotencyKey)
        ctx.reply.replayed ||= replayed
        return hold
      },
    }),
  }
})
