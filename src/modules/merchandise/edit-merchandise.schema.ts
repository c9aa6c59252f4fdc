// What staff read and write of their merchandise.
import { queryFromInfo } from '@pothos/plugin-prisma'
import { builder, cache } from '../../builder.ts'
import { Forbidden, NotFound, ValidationFailed } from '../../platform/errors.ts'
import { SlugTaken } from '../organizers/errors.ts'
import { ErrorInterface } from '../shared/schema.ts'
import { createMerchandise } from './create-merchandise.ts'
import { createMerchandiseVariant } from './create-merchandise-variant.ts'
import { SkuTaken } from './errors.ts'
import { publishMerchandise } from './publish-merchandise.ts'
import { findStaffMerchandise, listStaffMerchandise } from './queries.ts'
import { MerchandiseConnectionType, MerchandiseType, MerchandiseVariantType } from './schema.ts'
import { updateMerchandise } from './update-merchandise.ts'
import { updateMerchandiseVariant } from './update-merchandise-variant.ts'

const about = {
  eventId: 'The event that it belongs to, one of the same organizer; null: none.',
  slug: 'For addresses, unique among all merchandise: a-z, 0-9 and single hyphens between them, at most 80 characters.',
  itemName: 'One line of 1 to 200 characters.',
  description: 'Plain text with line breaks, at most 20,000 characters; may be empty.',
  categories: 'At most 20 of 1 to 50 characters. Readers filter by exactly these.',
  tags: 'At most 20 of 1 to 50 characters; stored in lower case, each once.',
  imageUrls: 'At most 20 https addresses of at most 2,048 characters, the best first.',
  sku: 'Stock keeping unit, unique among all variants: 1 to 64 letters, digits, dots, hyphens or underscores.',
  variantName: 'E.g. XL, black: one line of 1 to 100 characters.',
  price:
    'Of one unit, in major units of the currency: 0 to 10^12 minor units. Orders that exist keep their price.',
  compareAtPrice: 'The price before, higher than price; null: not on sale.',
  stock: 'Units in all, 0 to 1,000,000.',
  maxPerOrder: 'The most units that one order may have, 1 to 100.',
  maxPerBuyer:
    'The most units that one buyer may have in all orders, 1 to 1,000; null: any number. Orders that exist stay.',
  position: 'Its place among the variants, 0 to 10,000, lowest first.',
}

builder.objectType(SkuTaken, {
  name: 'SkuTakenError',
  description: 'Another variant has the SKU, perhaps of another organizer. code: SKU_TAKEN.',
  interfaces: [ErrorInterface],
})

const CreateMerchandiseInput = builder.inputType('CreateMerchandiseInput', {
  description: 'A new item. It is not public until it is published.',
  fields: (t) => ({
    organizerId: t.id({
      required: true,
      description: 'An organizer where the caller may merchandise.write.',
    }),
    eventId: t.id({ description: about.eventId }),
    slug: t.string({ required: true, description: about.slug }),
    name: t.string({ required: true, description: about.itemName }),
    description: t.string({ required: true, description: about.description }),
    categories: t.stringList({ description: about.categories }),
    tags: t.stringList({ description: about.tags }),
    imageUrls: t.stringList({ description: about.imageUrls }),
  }),
})

const UpdateMerchandiseInput = builder.inputType('UpdateMerchandiseInput', {
  description: 'Changes to an item. What is absent stays as it is; null clears what can be empty.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'The item.' }),
    eventId: t.id({ description: about.eventId }),
    slug: t.string({ description: `${about.slug} The old address leads nowhere afterwards.` }),
    name: t.string({ description: about.itemName }),
    description: t.string({ description: about.description }),
    categories: t.stringList({ description: `${about.categories} Replaces all of them.` }),
    tags: t.stringList({ description: `${about.tags} Replaces all of them.` }),
    imageUrls: t.stringList({ description: `${about.imageUrls} Replaces all of them.` }),
  }),
})

const CreateMerchandiseVariantInput = builder.inputType('CreateMerchandiseVariantInput', {
  description: 'A new variant of an item.',
  fields: (t) => ({
    merchandiseId: t.id({ required: true, description: 'An item with fewer than 100 variants.' }),
    sku: t.string({ required: true, description: about.sku }),
    name: t.string({ required: true, description: about.variantName }),
    price: t.field({ type: 'Decimal', required: true, description: about.price }),
    compareAtPrice: t.field({ type: 'Decimal', description: about.compareAtPrice }),
    currencyCode: t.string({
      description: 'ISO 4217, IDR unless told. All variants of an item have the same, and it never changes.',
    }),
    stock: t.int({ required: true, description: about.stock }),
    maxPerOrder: t.int({ description: `${about.maxPerOrder} 10 unless told.` }),
    maxPerBuyer: t.int({ description: about.maxPerBuyer }),
    position: t.int({ description: `${about.position} 0 unless told.` }),
  }),
})

const UpdateMerchandiseVariantInput = builder.inputType('UpdateMerchandiseVariantInput', {
  description: 'Changes to a variant. What is absent stays as it is; null clears what can be empty.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'The variant.' }),
    sku: t.string({ description: about.sku }),
    name: t.string({ description: about.variantName }),
    price: t.field({ type: 'Decimal', description: about.price }),
    compareAtPrice: t.field({ type: 'Decimal', description: about.compareAtPrice }),
    stock: t.int({ description: `${about.stock} Not less than is sold; remaining moves by as much.` }),
    maxPerOrder: t.int({ description: about.maxPerOrder }),
    maxPerBuyer: t.int({ description: about.maxPerBuyer }),
    position: t.int({ description: about.position }),
  }),
})

builder.queryFields((t) => ({
  staffMerchandise: t.connection(
    {
      type: MerchandiseType,
      description:
        'All merchandise of an organizer, drafts included, the newest first. For staff with merchandise.read: FORBIDDEN ' +
        'without it, NOT_FOUND for everybody else.',
      extensions: cache.private,
      args: {
        organizerId: t.arg.id({ required: true, description: 'Whose merchandise.' }),
        eventId: t.arg.id({ description: 'Only that of this event, drafts of events included.' }),
      },
      resolve: (_root, args, ctx, info) =>
        listStaffMerchandise(
          ctx.deps,
          ctx.caller,
          args,
          queryFromInfo({ context: ctx, info, path: ['edges', 'node'] }),
        ),
    },
    MerchandiseConnectionType,
  ),
  staffMerchandiseItem: t.prismaField({
    type: MerchandiseType,
    description: 'One item, drafts included. For staff with merchandise.read; NOT_FOUND for everybody else.',
    extensions: cache.private,
    args: { id: t.arg.id({ required: true, description: 'The item.' }) },
    resolve: (query, _root, { id }, ctx) => findStaffMerchandise(ctx.deps, ctx.caller, id, query),
  }),
}))

builder.mutationFields((t) => ({
  createMerchandise: t.prismaField({
    type: MerchandiseType,
    description: 'Writes a new item that is not public yet. Needs merchandise.write.',
    errors: {
      types: [SlugTaken, Forbidden, NotFound, ValidationFailed],
      union: { name: 'CreateMerchandiseResult', description: 'The item, or why there is none.' },
    },
    args: { input: t.arg({ type: CreateMerchandiseInput, required: true, description: 'The item.' }) },
    resolve: async (query, _root, { input }, ctx) => {
      const id = await createMerchandise(ctx.deps, ctx.caller, input)
      return ctx.deps.prisma.merchandise.findUniqueOrThrow({ ...query, where: { id } })
    },
  }),
  updateMerchandise: t.prismaField({
    type: MerchandiseType,
    description:
      'Changes an item. Public readers see it within the time that their answers are cached. Needs merchandise.write.',
    errors: {
      types: [SlugTaken, Forbidden, NotFound, ValidationFailed],
      union: {
        name: 'UpdateMerchandiseResult',
        description: 'The item as it is now, or why it is unchanged.',
      },
    },
    args: { input: t.arg({ type: UpdateMerchandiseInput, required: true, description: 'The changes.' }) },
    resolve: async (query, _root, { input }, ctx) => {
      const id = await updateMerchandise(ctx.deps, ctx.caller, input)
      return ctx.deps.prisma.merchandise.findUniqueOrThrow({ ...query, where: { id } })
    },
  }),
  publishMerchandise: t.prismaField({
    type: MerchandiseType,
    description:
      'Makes an item public. It needs a variant. Publishing a published item changes nothing. Needs merchandise.write.',
    errors: {
      types: [Forbidden, NotFound, ValidationFailed],
      union: { name: 'PublishMerchandiseResult', description: 'The public item, or why it is not public.' },
    },
    args: { merchandiseId: t.arg.id({ required: true, description: 'The item.' }) },
    resolve: async (query, _root, { merchandiseId }, ctx) => {
      const id = await publishMerchandise(ctx.deps, ctx.caller, merchandiseId)
      return ctx.deps.prisma.merchandise.findUniqueOrThrow({ ...query, where: { id } })
    },
  }),
  createMerchandiseVariant: t.prismaField({
    type: MerchandiseVariantType,
    description:
      'Adds a variant to an item. Of a published item it is for sale at once. Needs merchandise.write.',
    errors: {
      types: [SkuTaken, Forbidden, NotFound, ValidationFailed],
      union: { name: 'CreateMerchandiseVariantResult', description: 'The variant, or why there is none.' },
    },
    args: {
      input: t.arg({ type: CreateMerchandiseVariantInput, required: true, description: 'The variant.' }),
    },
    resolve: async (query, _root, { input }, ctx) => {
      const id = await createMerchandiseVariant(ctx.deps, ctx.caller, input)
      return ctx.deps.prisma.merchandiseVariant.findUniqueOrThrow({ ...query, where: { id } })
    },
  }),
  updateMerchandiseVariant: t.prismaField({
    type: MerchandiseVariantType,
    description: 'Changes a variant. Needs merchandise.write.',
    errors: {
      types: [SkuTaken, Forbidden, NotFound, ValidationFailed],
      union: {
        name: 'UpdateMerchandiseVariantResult',
        description: 'The variant as it is now, or why it is unchanged.',
      },
    },
    args: {
      input: t.arg({ type: UpdateMerchandiseVariantInput, required: true, description: 'The changes.' }),
    },
    resolve: async (query, _root, { input }, ctx) => {
      const id = await updateMerchandiseVariant(ctx.deps, ctx.caller, input)
      return ctx.deps.prisma.merchandiseVariant.findUniqueOrThrow({ ...query, where: { id } })
    },
  }),
}))
