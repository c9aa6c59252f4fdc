import { builder, cache, tagged } from '../../builder.ts'
import { money } from '../../platform/money.ts'
import { OrganizerType } from '../organizers/schema.ts'
import { MoneyType } from '../shared/schema.ts'
import { eventTags } from './cache-tags.ts'
import { findEvent } from './queries.ts'
import { saleState, shownStatus } from './sale-window.ts'
// The rest of this module's schema. The parts import the types below, and that cycle is harmless only because they use
// them inside callbacks, which run when the schema is built.
import './availability.schema.ts'
import './edit-admission.schema.ts'
import './edit-event.schema.ts'
import './gates.schema.ts'
import './list-events.schema.ts'

export const EventStatusType = builder.enumType('EventStatus', {
  description: 'Where an event stands.',
  values: {
    DRAFT: { description: 'Being written; shown to staff only.' },
    PUBLISHED: { description: 'Public, and its time is not over.' },
    CANCELLED: { description: 'Will not take place. Nothing is sold any more.' },
    ENDED: { description: 'Its endsAt has passed. Nothing is sold any more.' },
  },
})

const SaleStateType = builder.enumType('SaleState', {
  description: 'Whether a sale runs now.',
  values: {
    NOT_YET: { description: 'The sale begins later.' },
    OPEN: { description: 'The sale runs; whether something is left is said by remaining.' },
    CLOSED: { description: 'The sale is over, or the event is not published, cancelled or over.' },
  },
})

export const EventType = builder.prismaObject('Event', {
  include: { organizer: true },
  extensions: tagged(eventTags),
  description:
    'Something that people attend with a ticket. Staged by one organizer, at one place, in one time zone.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'Opaque id.' }),
    slug: t.exposeString('slug', { description: 'Unique among events, for addresses. Staff may change it.' }),
    title: t.exposeString('title', { description: 'The name of the event, one line.' }),
    description: t.exposeString('description', { description: 'Plain text with line breaks; may be empty.' }),
    status: t.field({
      type: EventStatusType,
      description:
        'Where the event stands. A cached answer may show PUBLISHED for some minutes after endsAt.',
      resolve: (event, _args, ctx) => shownStatus(event, ctx.deps.clock.now()),
    }),
    category: t.exposeString('category', {
      nullable: true,
      description: 'One kind, e.g. music; null when none was given.',
    }),
    tags: t.exposeStringList('tags', { description: 'Free words in lower case; may be empty.' }),
    city: t.exposeString('city', {
      nullable: true,
      description: 'Null while undecided or when it has none.',
    }),
    venue: t.exposeString('venue', {
      nullable: true,
      description: 'Name of the place; null while undecided.',
    }),
    timeZone: t.exposeString('timeZone', { description: 'IANA time zone of the place, e.g. Asia/Jakarta.' }),
    startsAt: t.expose('startsAt', { type: 'DateTime', description: 'When the first schedule begins.' }),
    endsAt: t.expose('endsAt', {
      type: 'DateTime',
      description: 'When all is over. From then on nothing is sold.',
    }),
    salesStartAt: t.expose('salesStartAt', {
      type: 'DateTime',
      nullable: true,
      description: 'The sale of tickets begins here unless a category says otherwise; null: at publication.',
    }),
    salesEndAt: t.expose('salesEndAt', {
      type: 'DateTime',
      nullable: true,
      description: 'The sale of tickets ends here unless a category says otherwise; null: at endsAt.',
    }),
    imageUrl: t.exposeString('imageUrl', {
      nullable: true,
      description: 'An https address; null without a picture.',
    }),
    allowReentry: t.exposeBoolean('allowReentry', {
      description: 'Whether someone who left may come in again with the same ticket.',
    }),
    maxPerBuyer: t.exposeInt('maxPerBuyer', {
      nullable: true,
      description:
        'The most tickets of all categories that one buyer may have, over all orders; null: any number.',
    }),
    maxOpenPerNetwork: t.exposeInt('maxOpenPerNetwork', {
      nullable: true,
      description:
        'The most units that holds and unpaid orders from one network may have at once; null: as many as suits the size of ' +
        'the event.',
    }),
    publishedAt: t.expose('publishedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it became public; null for a draft.',
    }),
    cancelledAt: t.expose('cancelledAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it was called off; null for every other event.',
    }),
    cancelReason: t.exposeString('cancelReason', {
      nullable: true,
      description: 'Why, in the words of the organizer; null for every other event.',
    }),
    organizer: t.field({
      type: OrganizerType,
      description: 'Who stages it.',
      resolve: ({ organizer }) => organizer,
    }),
    schedules: t.relation('schedules', {
      description: 'Days or sessions by startsAt, at most 100; empty when the event is one session.',
      query: { orderBy: [{ startsAt: 'asc' }, { id: 'asc' }] },
    }),
    ticketCategories: t.relation('ticketCategories', {
      description: 'What can be bought, in the order that the organizer chose; at most 100.',
      query: { orderBy: [{ position: 'asc' }, { id: 'asc' }] },
    }),
    merchandise: t.relation('merchandise', {
      description:
        'Published merchandise of this event, the newest 100. More: Query.merchandise with eventSlug.',
      query: { where: { published: true }, orderBy: [{ createdAt: 'desc' }, { id: 'desc' }], take: 100 },
    }),
  }),
})

export const EventConnectionType = builder.connectionObject(
  { type: EventType, name: 'EventConnection', description: 'A page of events.' },
  { name: 'EventEdge', description: 'One event in its place in the list.' },
)

export const ScheduleType = builder.prismaObject('Schedule', {
  description: 'One day or session of an event, with its own admission.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'Opaque id.' }),
    name: t.exposeString('name', { description: 'E.g. Day 1, one line.' }),
    startsAt: t.expose('startsAt', { type: 'DateTime', description: 'When it begins.' }),
    endsAt: t.expose('endsAt', { type: 'DateTime', description: 'When it ends, after startsAt.' }),
    gatesOpenAt: t.expose('gatesOpenAt', {
      type: 'DateTime',
      nullable: true,
      description: 'Nobody is admitted before; null: gates are open from publication on.',
    }),
  }),
})

export const TicketCategoryType = builder.prismaObject('TicketCategory', {
  description: 'One kind of ticket of an event: a price, a number of seats, and what it admits to.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'Opaque id.' }),
    name: t.exposeString('name', { description: 'E.g. Festival A, one line.' }),
    description: t.exposeString('description', {
      nullable: true,
      description: 'Plain text; null without one.',
    }),
    price: t.field({
      type: MoneyType,
      description: 'The price of one ticket now. An order keeps the price that it was placed with.',
      resolve: (category) => money(category.priceMinor, category.currencyCode),
    }),
    maxPerOrder: t.exposeInt('maxPerOrder', {
      description: 'The most tickets that one order may have, 1 to 100.',
    }),
    maxPerBuyer: t.exposeInt('maxPerBuyer', {
      nullable: true,
      description: 'The most tickets of it that one buyer may have, over all orders; null: any number.',
    }),
    salesStartAt: t.expose('salesStartAt', {
      type: 'DateTime',
      nullable: true,
      description: "When its own sale begins; null: the event's salesStartAt applies.",
    }),
    salesEndAt: t.expose('salesEndAt', {
      type: 'DateTime',
      nullable: true,
      description: "When its own sale ends; null: the event's salesEndAt applies.",
    }),
    schedule: t.relation('schedule', {
      nullable: true,
      description: 'The one schedule that it admits to; null: every schedule of the event.',
    }),
    quota: t.exposeInt('quota', { description: 'Tickets in all, sold or not.' }),
    remaining: t.exposeInt('remaining', {
      description:
        'Tickets that no order has taken. In a cached answer some seconds old; only an order is sure.',
      extensions: cache.volatile,
    }),
    soldOut: t.boolean({
      description: 'Whether remaining is 0. Can become false again when an order expires or is refunded.',
      extensions: cache.volatile,
      resolve: (category) => category.remaining === 0,
    }),
    saleState: t.field({
      type: SaleStateType,
      description:
        'Whether its sale runs now, by time alone: see remaining for stock. Some seconds old when cached.',
      extensions: cache.volatile,
      select: {
        event: { select: { status: true, endsAt: true, salesStartAt: true, salesEndAt: true } },
      },
      resolve: (category, _args, ctx) => saleState(category, category.event, ctx.deps.clock.now()),
    }),
  }),
})

export const GateType = builder.prismaObject('Gate', {
  description: 'A place where tickets are scanned. Shown to staff of the organizer and to its devices.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'Opaque id.' }),
    name: t.exposeString('name', { description: 'E.g. North gate, one line.' }),
    event: t.relation('event', { description: 'The event that it admits to, drafts included.' }),
    ticketCategories: t.field({
      type: [TicketCategoryType],
      description: 'What it lets in, in the order that the organizer chose; empty: nobody.',
      select: (_args, _ctx, nested) => ({
        categories: {
          select: { ticketCategory: nested(true) },
          orderBy: [{ ticketCategory: { position: 'asc' } }, { ticketCategoryId: 'asc' }],
        },
      }),
      resolve: (gate) => gate.categories.map(({ ticketCategory }) => ticketCategory),
    }),
  }),
})

builder.queryField('event', (t) =>
  t.prismaField({
    type: EventType,
    nullable: true,
    description:
      'One event by its slug, published, cancelled or over. Null for an unknown slug and for a draft, to staff as well: ' +
      'they read drafts with staffEvent.',
    extensions: cache.catalogue,
    args: { slug: t.arg.string({ required: true, description: 'Compared exactly.' }) },
    resolve: (query, _root, { slug }, ctx) => findEvent(ctx.deps, slug, query),
  }),
)
