// What staff write of an event's schedules and ticket categories.
import { builder } from '../../builder.ts'
import { Forbidden, NotFound, ValidationFailed } from '../../platform/errors.ts'
import { createSchedule } from './create-schedule.ts'
import { createTicketCategory } from './create-ticket-category.ts'
import { ScheduleType, TicketCategoryType } from './schema.ts'
import { updateSchedule } from './update-schedule.ts'
import { updateTicketCategory } from './update-ticket-category.ts'

const refusals = [Forbidden, NotFound, ValidationFailed]

const about = {
  scheduleName: 'E.g. Day 1: one line of 1 to 100 characters.',
  startsAt: 'When it begins.',
  endsAt: 'When it ends, after startsAt.',
  gatesOpenAt:
    'Nobody is admitted before, and it is before endsAt; null: gates are open from publication on.',
  scheduleId: 'The one schedule of the event that it admits to; null: all of them.',
  categoryName: 'E.g. Festival A: one line of 1 to 100 characters.',
  description: 'Plain text of at most 2,000 characters; null: none.',
  price:
    'For one ticket, in major units of the currency: 0 to 10^12 minor units. Orders that exist keep their price.',
  quota: 'Tickets in all, 1 to 1,000,000.',
  maxPerOrder: 'The most tickets that one order may have, 1 to 100.',
  maxPerBuyer:
    'The most tickets that one buyer may have in all orders, 1 to 1,000; null: any number. Orders that exist stay.',
  salesStartAt: "When its sale begins; null: with the event's sale.",
  salesEndAt: "When its sale ends, after salesStartAt; null: with the event's sale.",
  position: 'Its place among the categories, 0 to 10,000, lowest first.',
}

const CreateScheduleInput = builder.inputType('CreateScheduleInput', {
  description: 'A new schedule of an event.',
  fields: (t) => ({
    eventId: t.id({ required: true, description: 'An event with fewer than 100 schedules.' }),
    name: t.string({ required: true, description: about.scheduleName }),
    startsAt: t.field({ type: 'DateTime', required: true, description: about.startsAt }),
    endsAt: t.field({ type: 'DateTime', required: true, description: about.endsAt }),
    gatesOpenAt: t.field({ type: 'DateTime', description: about.gatesOpenAt }),
  }),
})

const UpdateScheduleInput = builder.inputType('UpdateScheduleInput', {
  description: 'Changes to a schedule. What is absent stays as it is; null clears what can be empty.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'The schedule.' }),
    name: t.string({ description: about.scheduleName }),
    startsAt: t.field({ type: 'DateTime', description: about.startsAt }),
    endsAt: t.field({ type: 'DateTime', description: about.endsAt }),
    gatesOpenAt: t.field({ type: 'DateTime', description: about.gatesOpenAt }),
  }),
})

const CreateTicketCategoryInput = builder.inputType('CreateTicketCategoryInput', {
  description: 'A new ticket category of an event.',
  fields: (t) => ({
    eventId: t.id({ required: true, description: 'An event with fewer than 100 categories.' }),
    scheduleId: t.id({ description: about.scheduleId }),
    name: t.string({ required: true, description: about.categoryName }),
    description: t.string({ description: about.description }),
    price: t.field({ type: 'Decimal', required: true, description: about.price }),
    currencyCode: t.string({
      description:
        'ISO 4217, IDR unless told. All categories of an event have the same, and it never changes.',
    }),
    quota: t.int({ required: true, description: about.quota }),
    maxPerOrder: t.int({ description: `${about.maxPerOrder} 4 unless told.` }),
    maxPerBuyer: t.int({ description: about.maxPerBuyer }),
    salesStartAt: t.field({ type: 'DateTime', description: about.salesStartAt }),
    salesEndAt: t.field({ type: 'DateTime', description: about.salesEndAt }),
    position: t.int({ description: `${about.position} 0 unless told.` }),
  }),
})

const UpdateTicketCategoryInput = builder.inputType('UpdateTicketCategoryInput', {
  description: 'Changes to a ticket category. What is absent stays as it is; null clears what can be empty.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'The category.' }),
    scheduleId: t.id({ description: `${about.scheduleId} Tickets that are issued keep theirs.` }),
    name: t.string({ description: about.categoryName }),
    description: t.string({ description: about.description }),
    price: t.field({ type: 'Decimal', description: about.price }),
    quota: t.int({ description: `${about.quota} Not less than is sold; remaining moves by as much.` }),
    maxPerOrder: t.int({ description: about.maxPerOrder }),
    maxPerBuyer: t.int({ description: about.maxPerBuyer }),
    salesStartAt: t.field({ type: 'DateTime', description: about.salesStartAt }),
    salesEndAt: t.field({ type: 'DateTime', description: about.salesEndAt }),
    position: t.int({ description: about.position }),
  }),
})

builder.mutationFields((t) => ({
  createSchedule: t.prismaField({
    type: ScheduleType,
    description: 'Adds a schedule to an event. Needs event.write.',
    errors: {
      types: refusals,
      union: { name: 'CreateScheduleResult', description: 'The schedule, or why there is none.' },
    },
    args: { input: t.arg({ type: CreateScheduleInput, required: true, description: 'The schedule.' }) },
    resolve: async (query, _root, { input }, ctx) => {
      const id = await createSchedule(ctx.deps, ctx.caller, input)
      return ctx.deps.prisma.schedule.findUniqueOrThrow({ ...query, where: { id } })
    },
  }),
  updateSchedule: t.prismaField({
    type: ScheduleType,
    description: 'Changes a schedule. Who has tickets of it is told as by updateEvent. Needs event.write.',
    errors: {
      types: refusals,
      union: {
        name: 'UpdateScheduleResult',
        description: 'The schedule as it is now, or why it is unchanged.',
      },
    },
    args: { input: t.arg({ type: UpdateScheduleInput, required: true, description: 'The changes.' }) },
    resolve: async (query, _root, { input }, ctx) => {
      const id = await updateSchedule(ctx.deps, ctx.caller, input)
      return ctx.deps.prisma.schedule.findUniqueOrThrow({ ...query, where: { id } })
    },
  }),
  createTicketCategory: t.prismaField({
    type: TicketCategoryType,
    description:
      'Adds a ticket category to an event. Of a published event it is for sale at once. Needs event.write.',
    errors: {
      types: refusals,
      union: { name: 'CreateTicketCategoryResult', description: 'The category, or why there is none.' },
    },
    args: { input: t.arg({ type: CreateTicketCategoryInput, required: true, description: 'The category.' }) },
    resolve: async (query, _root, { input }, ctx) => {
      const id = await createTicketCategory(ctx.deps, ctx.caller, input)
      return ctx.deps.prisma.ticketCategory.findUniqueOrThrow({ ...query, where: { id } })
    },
  }),
  updateTicketCategory: t.prismaField({
    type: TicketCategoryType,
    description: 'Changes a ticket category. Needs event.write.',
    errors: {
      types: refusals,
      union: {
        name: 'UpdateTicketCategoryResult',
        description: 'The category as it is now, or why it is unchanged.',
      },
    },
    args: { input: t.arg({ type: UpdateTicketCategoryInput, required: true, description: 'The changes.' }) },
    resolve: async (query, _root, { input }, ctx) => {
      const id = await updateTicketCategory(ctx.deps, ctx.caller, input)
      return ctx.deps.prisma.ticketCategory.findUniqueOrThrow({ ...query, where: { id } })
    },
  }),
}))
