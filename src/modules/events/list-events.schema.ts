// The list of events.
import { anyCase, builder, cache, listed } from '../../builder.ts'
import { selectedFields } from '../../platform/selected-fields.ts'
import { EVENTS } from './cache-tags.ts'
import { listEvents } from './list-events.ts'
import { EventConnectionType, EventType } from './schema.ts'

const EventFilterInput = builder.inputType('EventFilter', {
  description: 'Which events to list. All that is given must hold; null or absent filters nothing.',
  fields: (t) => ({
    search: t.string({
      extensions: anyCase,
      description:
        'Words that title, venue, city, category, description or tags begin words with, in any order; at most 100 ' +
        'characters. Without a letter or digit it filters nothing. Finds the 1,000 best matches.',
    }),
    category: t.string({ extensions: anyCase, description: 'As events show it, in upper or lower case.' }),
    city: t.string({ extensions: anyCase, description: 'As events show it, in upper or lower case.' }),
    tag: t.string({ extensions: anyCase, description: 'One of the tags, in upper or lower case.' }),
    startsAfter: t.field({ type: 'DateTime', description: 'startsAt is this moment or later.' }),
    startsBefore: t.field({ type: 'DateTime', description: 'startsAt is before this moment.' }),
    organizerSlug: t.string({ description: 'Only events of this organizer; an unknown one has none.' }),
  }),
})

const EventOrderType = builder.enumType('EventOrder', {
  description: 'How events are ordered.',
  values: {
    STARTS_AT_ASC: { description: 'The one that starts first comes first.' },
    STARTS_AT_DESC: { description: 'The one that starts last comes first.' },
    PUBLISHED_AT_DESC: { description: 'The one published last comes first.' },
  },
})

builder.queryField('events', (t) =>
  t.connection(
    {
      type: EventType,
      description:
        'Published events, those that are over included: use startsAfter to leave them out. Refuses a bad filter or ' +
        'cursor with VALIDATION_FAILED.',
      extensions: { ...cache.catalogue, ...listed(EVENTS) },
      args: {
        filter: t.arg({ type: EventFilterInput, description: 'Which events; all of them without it.' }),
        orderBy: t.arg({ type: EventOrderType, description: 'STARTS_AT_ASC unless told.' }),
      },
      resolve: (_root, args, ctx, info) =>
        listEvents(ctx.deps, args, selectedFields(info, ['edges', 'node'])),
    },
    EventConnectionType,
  ),
)
