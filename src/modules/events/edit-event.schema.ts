// What staff read and write of their events.
import { queryFromInfo } from '@pothos/plugin-prisma'
import { builder, cache } from '../../builder.ts'
import { Forbidden, IdempotencyConflict, NotFound, ValidationFailed } from '../../platform/errors.ts'
import { SlugTaken } from '../organizers/errors.ts'
import { keyArgument } from '../shared/schema.ts'
import { cancelEvent } from './cancel-event.ts'
import { createEvent } from './create-event.ts'
import { publishEvent } from './publish-event.ts'
import { findStaffEvent, listStaffEvents } from './queries.ts'
import { EventConnectionType, EventType } from './schema.ts'
import { updateEvent } from './update-event.ts'

const about = {
  slug: 'For addresses, unique among all events: a-z, 0-9 and single hyphens between them, at most 80 characters.',
  title: 'One line of 1 to 200 characters.',
  description: 'Plain text with line breaks, at most 20,000 characters; may be empty.',
  category: 'One line of at most 100 characters, e.g. music. Readers filter by exactly this.',
  tags: 'At most 20 of 1 to 50 characters; stored in lower case, each once.',
  city: 'One line of at most 100 characters. Readers filter by exactly this.',
  venue: 'One line of at most 200 characters.',
  timeZone: 'IANA time zone of the place, e.g. Asia/Jakarta.',
  startsAt: 'When the first schedule begins.',
  endsAt: 'When all is over, after startsAt. Nothing is sold from then on.',
  salesStartAt: 'When the sale of tickets begins; null: at publication.',
  salesEndAt: 'When it ends, after salesStartAt; null: at endsAt.',
  imageUrl: 'An https address of at most 2,048 characters; null: no picture.',
  allowReentry: 'Whether someone who left may come in again with the same ticket.',
  maxPerBuyer:
    'The most tickets of the event that one buyer may have in all orders, 1 to 1,000; null: any number. Orders that exist stay.',
  maxOpenPerNetwork:
    'The most units that holds and unpaid orders from one network may have at once, 1 to 100,000: an IPv4 address or a /64 of IPv6; ' +
    'a /56 may have 4 and a /48 16 times as many. Null: a quarter of all tickets, but no more than twenty whole orders or a fiftieth ' +
    'of the tickets, whichever is more, and one order or hold of any size while nothing else of the network is open. Raise it where many buy from behind one address. Takes effect within 5 seconds.',
}

const CreateEventInput = builder.inputType('CreateEventInput', {
  description: 'A new event. It starts as a draft.',
  fields: (t) => ({
    organizerId: t.id({ required: true, description: 'An organizer where the caller may event.write.' }),
    slug: t.string({ required: true, description: about.slug }),
    title: t.string({ required: true, description: about.title }),
    description: t.string({ required: true, description: about.description }),
    category: t.string({ description: about.category }),
    tags: t.stringList({ description: about.tags }),
    city: t.string({ description: about.city }),
    venue: t.string({ description: about.venue }),
    timeZone: t.string({ required: true, description: about.timeZone }),
    startsAt: t.field({ type: 'DateTime', required: true, description: about.startsAt }),
    endsAt: t.field({ type: 'DateTime', required: true, description: about.endsAt }),
    salesStartAt: t.field({ type: 'DateTime', description: about.salesStartAt }),
    salesEndAt: t.field({ type: 'DateTime', description: about.salesEndAt }),
    imageUrl: t.string({ description: about.imageUrl }),
    allowReentry: t.boolean({ description: `${about.allowReentry} False unless told.` }),
    maxPerBuyer: t.int({ description: about.maxPerBuyer }),
    maxOpenPerNetwork: t.int({ description: about.maxOpenPerNetwork }),
  }),
})

const UpdateEventInput = builder.inputType('UpdateEventInput', {
  description: 'Changes to an event. What is absent stays as it is; null clears what can be empty.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'The event.' }),
    slug: t.string({ description: `${about.slug} The old address leads nowhere afterwards.` }),
    title: t.string({ description: about.title }),
    description: t.string({ description: about.description }),
    category: t.string({ description: about.category }),
    tags: t.stringList({ description: `${about.tags} Replaces all of them.` }),
    city: t.string({ description: about.city }),
    venue: t.string({ description: about.venue }),
    timeZone: t.string({ description: about.timeZone }),
    startsAt: t.field({ type: 'DateTime', description: about.startsAt }),
    endsAt: t.field({ type: 'DateTime', description: about.endsAt }),
    salesStartAt: t.field({ type: 'DateTime', description: about.salesStartAt }),
    salesEndAt: t.field({ type: 'DateTime', description: about.salesEndAt }),
    imageUrl: t.string({ description: about.imageUrl }),
    allowReentry: t.boolean({ description: about.allowReentry }),
    maxPerBuyer: t.int({ description: about.maxPerBuyer }),
    maxOpenPerNetwork: t.int({ description: about.maxOpenPerNetwork }),
  }),
})

builder.queryFields((t) => ({
  staffEvents: t.connection(
    {
      type: EventType,
      description:
        'All events of an organizer, drafts included, the one that starts last first. For staff with event.write: ' +
        'FORBIDDEN without it, NOT_FOUND for everybody else.',
      extensions: cache.private,
      args: { organizerId: t.arg.id({ required: true, description: 'Whose events.' }) },
      resolve: (_root, { organizerId, ...args }, ctx, info) =>
        listStaffEvents(
          ctx.deps,
          ctx.caller,
          organizerId,
          args,
          queryFromInfo({ context: ctx, info, path: ['edges', 'node'] }),
        ),
    },
    EventConnectionType,
  ),
  staffEvent: t.prismaField({
    type: EventType,
    description: 'One event, drafts included. For staff with event.write; NOT_FOUND for everybody else.',
    extensions: cache.private,
    args: { id: t.arg.id({ required: true, description: 'The event.' }) },
    resolve: (query, _root, { id }, ctx) => findStaffEvent(ctx.deps, ctx.caller, id, query),
  }),
}))

builder.mutationFields((t) => ({
  createEvent: t.prismaField({
    type: EventType,
    description: 'Writes a new draft. Needs event.write.',
    errors: {
      types: [SlugTaken, Forbidden, NotFound, ValidationFailed],
      union: { name: 'CreateEventResult', description: 'The draft, or why there is none.' },
    },
    args: { input: t.arg({ type: CreateEventInput, required: true, description: 'The event.' }) },
    resolve: async (query, _root, { input }, ctx) => {
      const id = await createEvent(ctx.deps, ctx.caller, input)
      return ctx.deps.prisma.event.findUniqueOrThrow({ ...query, where: { id } })
    },
  }),
  updateEvent: t.prismaField({
    type: EventType,
    description:
      'Changes an event. Public readers see it within the time that their answers are cached. Who has paid is told of ' +
      'another name, place or time, once for all edits until ten minutes pass without one. Needs event.write.',
    errors: {
      types: [SlugTaken, Forbidden, NotFound, ValidationFailed],
      union: { name: 'UpdateEventResult', description: 'The event as it is now, or why it is unchanged.' },
    },
    args: { input: t.arg({ type: UpdateEventInput, required: true, description: 'The changes.' }) },
    resolve: async (query, _root, { input }, ctx) => {
      const id = await updateEvent(ctx.deps, ctx.caller, input)
      return ctx.deps.prisma.event.findUniqueOrThrow({ ...query, where: { id } })
    },
  }),
  publishEvent: t.prismaField({
    type: EventType,
    description:
      'Makes a draft public. It needs a ticket category and an endsAt in the future. Publishing a published event ' +
      'changes nothing. Needs event.write.',
    errors: {
      types: [Forbidden, NotFound, ValidationFailed],
      union: { name: 'PublishEventResult', description: 'The public event, or why it is not public.' },
    },
    args: { eventId: t.arg.id({ required: true, description: 'The event.' }) },
    resolve: async (query, _root, { eventId }, ctx) => {
      const id = await publishEvent(ctx.deps, ctx.caller, eventId)
      return ctx.deps.prisma.event.findUniqueOrThrow({ ...query, where: { id } })
    },
  }),
  cancelEvent: t.prismaField({
    type: EventType,
    description:
      'Calls a published event off, for good. At once nothing of it is sold, paid or given out, and nobody is admitted. ' +
      'Within minutes unpaid orders are cancelled, paid ones refunded in full and tickets revoked; money that arrives later ' +
      'goes back. Cancelling a cancelled event changes nothing. Needs event.write.',
    errors: {
      types: [Forbidden, NotFound, IdempotencyConflict, ValidationFailed],
      union: { name: 'CancelEventResult', description: 'The cancelled event, or why it is not.' },
    },
    args: {
      eventId: t.arg.id({ required: true, description: 'The event.' }),
      reason: t.arg.string({
        required: true,
        description: 'What buyers are told: one line of 1 to 500 characters.',
      }),
      idempotencyKey: t.arg.string({
        required: true,
        description: keyArgument,
      }),
    },
    resolve: async (query, _root, { idempotencyKey, ...input }, ctx) => {
      const { value: id, replayed } = await cancelEvent(ctx.deps, ctx.caller, input, idempotencyKey)
      ctx.reply.replayed ||= replayed
      return ctx.deps.prisma.event.findUniqueOrThrow({ ...query, where: { id } })
    },
  }),
}))
