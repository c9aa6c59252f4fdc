import { queryFromInfo } from '@pothos/plugin-prisma'
import { anyCase, builder, cache, listed, tagged } from '../../builder.ts'
import { money } from '../../platform/money.ts'
import type { EventView } from '../events/list-events.ts'
import { EventType } from '../events/schema.ts'
import { MoneyType } from '../shared/schema.ts'
import { MERCHANDISE, merchandiseTags } from './cache-tags.ts'
import { listReviews } from './list-reviews.ts'
import { findMerchandise, listMerchandise } from './queries.ts'
// The rest of this module's schema. It imports the types below, and that cycle is harmless only because it uses them
// inside callbacks, which run when the schema is built.
import './edit-merchandise.schema.ts'

export const MerchandiseVariantType = builder.prismaObject('MerchandiseVariant', {
  description: 'What is bought of an item, e.g. one size: a price and a stock of its own.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'Opaque id.' }),
    sku: t.exposeString('sku', { description: 'Stock keeping unit, unique among all variants.' }),
    name: t.exposeString('name', { description: 'E.g. XL, black; one line.' }),
    price: t.field({
      type: MoneyType,
      description: 'The price of one unit now. An order keeps the price that it was placed with.',
      resolve: (variant) => money(variant.priceMinor, variant.currencyCode),
    }),
    compareAtPrice: t.field({
      type: MoneyType,
      nullable: true,
      description: 'The price before, higher than price; null when it is not on sale.',
      resolve: (variant) =>
        variant.compareAtPriceMinor === null
          ? null
          : money(variant.compareAtPriceMinor, variant.currencyCode),
    }),
    maxPerOrder: t.exposeInt('maxPerOrder', {
      description: 'The most units that one order may have, 1 to 100.',
    }),
    maxPerBuyer: t.exposeInt('maxPerBuyer', {
      nullable: true,
      description: 'The most units of it that one buyer may have, over all orders; null: any number.',
    }),
    stock: t.exposeInt('stock', { description: 'Units in all, sold or not.' }),
    remaining: t.exposeInt('remaining', {
      description:
        'Units that no order has taken. In a cached answer some seconds old; only an order is sure.',
      extensions: cache.volatile,
    }),
    soldOut: t.boolean({
      description: 'Whether remaining is 0. Can become false again when an order expires or stock arrives.',
      extensions: cache.volatile,
      resolve: (variant) => variant.remaining === 0,
    }),
  }),
})

export const ReviewType = builder.prismaObject('Review', {
  description: 'What one buyer says of one item.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'Opaque id.' }),
    rating: t.exposeInt('rating', { description: '1, the worst, to 5, the best.' }),
    body: t.exposeString('body', { description: 'Plain text; may be empty.' }),
    author: t.exposeString('author', { description: 'The name that the buyer signed with.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was written.' }),
  }),
})

export const MerchandiseType = builder.prismaObject('Merchandise', {
  extensions: tagged(merchandiseTags),
  description:
    'An item that an organizer sells, of one event or of none. It is bought as one of its variants.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'Opaque id.' }),
    slug: t.exposeString('slug', {
      description: 'Unique among merchandise, for addresses. Staff may change it.',
    }),
    name: t.exposeString('name', { description: 'The name of the item, one line.' }),
    description: t.exposeString('description', { description: 'Plain text with line breaks; may be empty.' }),
    categories: t.exposeStringList('categories', { description: 'Kinds, e.g. apparel; may be empty.' }),
    tags: t.exposeStringList('tags', { description: 'Free words in lower case; may be empty.' }),
    imageUrls: t.exposeStringList('imageUrls', {
      description: 'https addresses, the best first; may be empty.',
    }),
    published: t.exposeBoolean('published', {
      description: 'Whether it is public. Only staff ever see one that is not, through the staff queries.',
    }),
    variants: t.relation('variants', {
      description: 'What can be bought, in the order that the organizer chose; at most 100.',
      query: { orderBy: [{ position: 'asc' }, { id: 'asc' }] },
    }),
    event: t.field({
      type: EventType,
      nullable: true,
      description: 'The event that it belongs to; null for none, and while that event is a draft.',
      select: (_args, _ctx, nested) => ({ event: nested(true) }),
      // A public answer is the same for everybody, so not even staff see a draft here.
      // nested() reads an event as EventType wants it, and its type does not say so.
      resolve: ({ event }) => (event?.status === 'DRAFT' ? null : (event as EventView | null)),
    }),
    organizer: t.relation('organizer', { description: 'Who sells it.' }),
    averageRating: t.float({
      nullable: true,
      description: 'From 1 to 5 with two decimals; null without a review.',
      resolve: (item) => (item.reviewCount === 0 ? null : item.ratingCenti / 100),
    }),
    reviewCount: t.exposeInt('reviewCount', { description: 'How many reviews there are.' }),
    reviews: t.connection(
      {
        type: ReviewType,
        description: 'What buyers say, the newest first. Refuses a bad cursor with VALIDATION_FAILED.',
        resolve: (item, args, ctx) => listReviews(ctx.deps, item.id, args),
      },
      { name: 'ReviewConnection', description: 'A page of reviews.' },
      { name: 'ReviewEdge', description: 'One review in its place in the list.' },
    ),
  }),
})

const MerchandiseFilterInput = builder.inputType('MerchandiseFilter', {
  description: 'Which merchandise to list. All that is given must hold; null or absent filters nothing.',
  fields: (t) => ({
    search: t.string({
      extensions: anyCase,
      description:
        'Words that name, categories, description or tags begin words with, in any order; at most 100 characters. ' +
        'Without a letter or digit it filters nothing. Finds the 1,000 best matches.',
    }),
    category: t.string({
      extensions: anyCase,
      description: 'One of the categories, in upper or lower case.',
    }),
    tag: t.string({ extensions: anyCase, description: 'One of the tags, in upper or lower case.' }),
    eventSlug: t.string({ description: 'Only merchandise of this event; an unknown one has none.' }),
    organizerSlug: t.string({ description: 'Only merchandise of this organizer; an unknown one has none.' }),
    minPrice: t.field({
      type: 'Decimal',
      description:
        'In rupiah: the cheapest variant costs this or more. Leaves out what is sold in other currencies.',
    }),
    maxPrice: t.field({
      type: 'Decimal',
      description:
        'In rupiah: the cheapest variant costs this or less. Leaves out what is sold in other currencies.',
    }),
  }),
})

const MerchandiseOrderType = builder.enumType('MerchandiseOrder', {
  description: 'How merchandise is ordered.',
  values: {
    NEWEST: { description: 'The one that was made last comes first.' },
    PRICE_ASC: { description: 'By the price of the cheapest variant, the lowest first.' },
    PRICE_DESC: { description: 'By the price of the cheapest variant, the highest first.' },
    RATING_DESC: { description: 'By averageRating, the best first; without a review last.' },
    BEST_SELLING: { description: 'By units sold, the most first. Lags by minutes.' },
  },
})

export const MerchandiseConnectionType = builder.connectionObject(
  { type: MerchandiseType, name: 'MerchandiseConnection', description: 'A page of merchandise.' },
  { name: 'MerchandiseEdge', description: 'One item in its place in the list.' },
)

builder.queryFields((t) => ({
  merchandise: t.connection(
    {
      type: MerchandiseType,
      description: 'Published merchandise. Refuses a bad filter or cursor with VALIDATION_FAILED.',
      extensions: { ...cache.catalogue, ...listed(MERCHANDISE) },
      args: {
        filter: t.arg({ type: MerchandiseFilterInput, description: 'Which items; all of them without it.' }),
        orderBy: t.arg({ type: MerchandiseOrderType, description: 'NEWEST unless told.' }),
      },
      resolve: (_root, args, ctx, info) =>
        listMerchandise(ctx.deps, args, queryFromInfo({ context: ctx, info, path: ['edges', 'node'] })),
    },
    MerchandiseConnectionType,
  ),
  merchandiseItem: t.prismaField({
    type: MerchandiseType,
    nullable: true,
    description: 'One published item by its slug. Null for an unknown slug and for what is not published.',
    extensions: cache.catalogue,
    args: { slug: t.arg.string({ required: true, description: 'Compared exactly.' }) },
    resolve: (query, _root, { slug }, ctx) => findMerchandise(ctx.deps, slug, query),
  }),
}))
