import { builder, cache, tagged } from '../../builder.ts'
import { EVENTS, stockTag } from './cache-tags.ts'
import { type EventAvailability, findAvailability } from './queries.ts'

export const AvailabilityType = builder
  .objectRef<{ id: string; remaining: number }>('Availability')
  .implement({
    description: 'How much is left of one ticket category or merchandise variant.',
    fields: (t) => ({
      id: t.exposeID('id', {
        description: 'Id of the ticket category or variant.',
        extensions: cache.volatile,
      }),
      remaining: t.exposeInt('remaining', {
        description: 'Units that no order has taken.',
        extensions: cache.volatile,
      }),
      soldOut: t.boolean({
        description: 'Whether remaining is 0. Can become false again when an order expires or is refunded.',
        extensions: cache.volatile,
        resolve: ({ remaining }) => remaining === 0,
      }),
    }),
  })

export const EventAvailabilityType = builder.objectRef<EventAvailability>('EventAvailability').implement({
  extensions: tagged({ idField: 'eventId', one: stockTag, all: EVENTS }),
  description: 'How much is left of everything an event sells, in one small answer.',
  fields: (t) => ({
    eventId: t.exposeID('eventId', { description: 'The event.', extensions: cache.volatile }),
    asOf: t.expose('asOf', {
      type: 'DateTime',
      description: 'When the numbers were read. A cached answer is at most some seconds older than now.',
      extensions: cache.volatile,
    }),
    ticketCategories: t.field({
      type: [AvailabilityType],
      description: 'All categories of the event, in the order that the organizer chose.',
      extensions: cache.volatile,
      resolve: ({ ticketCategories }) => [...ticketCategories],
    }),
    merchandiseVariants: t.field({
      // Those of 100 items, 100 each.
      complexity: { field: 1, multiplier: 10_000 },
      type: [AvailabilityType],
      description: 'All variants of the published merchandise that belongs to this event.',
      extensions: cache.volatile,
      resolve: ({ merchandiseVariants }) => [...merchandiseVariants],
    }),
  }),
})

builder.queryField('availability', (t) =>
  t.field({
    type: EventAvailabilityType,
    nullable: true,
    description:
      'How much is left of what an event sells. Null for an unknown id and for an event that is a draft or cancelled.',
    extensions: cache.volatile,
    args: { eventId: t.arg.id({ required: true, description: 'A published event.' }) },
    resolve: (_root, { eventId }, ctx) => findAvailability(ctx.deps, eventId),
  }),
)
