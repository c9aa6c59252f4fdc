import { builder, cache, tagged } from '../../builder.ts'
import { ErrorInterface } from '../shared/schema.ts'
import { SlugTaken } from './errors.ts'
import { findOrganizer } from './queries.ts'

export const OrganizerType = builder.prismaObject('Organizer', {
  extensions: tagged({ one: (id) => `org-${id}` }),
  description: 'Who stages events and sells their tickets and merchandise.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'Opaque id.' }),
    slug: t.exposeString('slug', { description: 'Unique among organizers, for addresses.' }),
    name: t.exposeString('name', { description: 'The name that buyers see.' }),
  }),
})

builder.objectType(SlugTaken, {
  name: 'SlugTakenError',
  description: 'Another object of this kind has the slug, perhaps of another organizer. code: SLUG_TAKEN.',
  interfaces: [ErrorInterface],
})

builder.queryField('organizer', (t) =>
  t.prismaField({
    type: OrganizerType,
    nullable: true,
    description: 'One organizer by its slug. Null when there is none.',
    extensions: cache.catalogue,
    args: { slug: t.arg.string({ required: true, description: 'Compared exactly.' }) },
    resolve: (query, _root, { slug }, ctx) => findOrganizer(ctx.deps, slug, query),
  }),
)
