// What staff read and write of their promo codes. Buyers meet them as promoCode of createOrder.
import { queryFromInfo } from '@pothos/plugin-prisma'
import { builder, cache } from '../../builder.ts'
import { Forbidden, NotFound, ValidationFailed } from '../../platform/errors.ts'
import { money } from '../../platform/money.ts'
import { TicketCategoryType } from '../events/schema.ts'
import { ErrorInterface, MoneyType } from '../shared/schema.ts'
import { createPromoCode } from './create-promo-code.ts'
import { type DeletedPromoCode, deletePromoCode } from './delete-promo-code.ts'
import { PromoCodeTaken, PromoCodeUsed } from './errors.ts'
import { listPromoCodes } from './queries.ts'
import { updatePromoCode } from './update-promo-code.ts'

const about = {
  percentage:
    'Of what it is good for, 1 to 100; the discount is rounded half up, to whole rupiah, else to minor units.',
  amount:
    'In major units, more than 0, in whole rupiah where it is rupiah. Never takes off more than there is.',
  ticketCategoryIds: 'At most 100 of the event, or of the organizer where it is for every event.',
  maxUses: 'Orders that may use it, 1 to 1,000,000; null: any number.',
  maxPerBuyer: 'Orders of one buyer that may use it, 1 to 1,000; null: any number.',
  startsAt: 'Good from this moment on; null: at once.',
  endsAt:
    'Good until just before this moment, after startsAt; null: for ever. One that is past ends the code.',
}

const PromoCodeKindType = builder.enumType('PromoCodeKind', {
  description: 'How a code takes something off.',
  values: {
    PERCENTAGE: { description: 'A part of what it is good for.' },
    AMOUNT: { description: 'A fixed amount, at most what it is good for.' },
  },
})

const PromoCodeType = builder.prismaObject('PromoCode', {
  description: 'A word that takes something off an order. Shown to staff with event.write.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'Opaque id.' }),
    code: t.exposeString('code', {
      description: 'Unique in its organizer, in upper case; buyers may use any case.',
    }),
    kind: t.expose('kind', { type: PromoCodeKindType, description: 'Percentage or amount.' }),
    percentage: t.exposeInt('percentage', { nullable: true, description: '1 to 100; null for an AMOUNT.' }),
    amount: t.field({
      type: MoneyType,
      nullable: true,
      description: 'Null for a PERCENTAGE.',
      resolve: ({ amountMinor, currencyCode }) =>
        amountMinor === null || currencyCode === null ? null : money(amountMinor, currencyCode),
    }),
    eventId: t.exposeID('eventId', {
      nullable: true,
      description: 'The event it is for; null: every order from the organizer.',
    }),
    ticketCategories: t.field({
      type: [TicketCategoryType],
      description: 'What it is good for; empty: everything in the cart, merchandise included.',
      select: (_args, _ctx, nested) => ({
        categories: {
          select: { ticketCategory: nested(true) },
          orderBy: [{ ticketCategory: { position: 'asc' } }, { ticketCategoryId: 'asc' }],
        },
      }),
      resolve: ({ categories }) => categories.map(({ ticketCategory }) => ticketCategory),
    }),
    maxUses: t.exposeInt('maxUses', {
      nullable: true,
      description: 'Orders that may use it; null: any number.',
    }),
    maxPerBuyer: t.exposeInt('maxPerBuyer', {
      nullable: true,
      description: 'Orders of one buyer that may use it; null: any number.',
    }),
    used: t.exposeInt('used', {
      description: 'Orders that use it now. Falls when one expires, is cancelled or is refunded as a whole.',
    }),
    startsAt: t.expose('startsAt', {
      type: 'DateTime',
      nullable: true,
      description: 'Null: from the start.',
    }),
    endsAt: t.expose('endsAt', { type: 'DateTime', nullable: true, description: 'Null: for ever.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When staff wrote it.' }),
  }),
})

const DeletedPromoCodeType = builder.objectRef<DeletedPromoCode>('DeletedPromoCode').implement({
  description: 'A promo code that is no more.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'The id that it had.' }),
    code: t.exposeString('code', { description: 'The code, which is free again.' }),
  }),
})

builder.objectType(PromoCodeTaken, {
  name: 'PromoCodeTakenError',
  description: 'The organizer has this code already, perhaps for another event. code: PROMO_CODE_TAKEN.',
  interfaces: [ErrorInterface],
})

builder.objectType(PromoCodeUsed, {
  name: 'PromoCodeUsedError',
  description: 'Orders were placed with this code, so it cannot be deleted: end it. code: PROMO_CODE_USED.',
  interfaces: [ErrorInterface],
})

const CreatePromoCodeInput = builder.inputType('CreatePromoCodeInput', {
  description: 'A new promo code.',
  fields: (t) => ({
    organizerId: t.id({ required: true, description: 'An organizer where the caller may event.write.' }),
    eventId: t.id({ description: 'The one event that it is for; null: every order from the organizer.' }),
    code: t.string({
      required: true,
      description: '3 to 32 printable ASCII characters without spaces; stored in upper case. Never changes.',
    }),
    kind: t.field({ type: PromoCodeKindType, required: true, description: 'Never changes.' }),
    percentage: t.int({ description: `Required for a PERCENTAGE. ${about.percentage}` }),
    amount: t.field({ type: 'Decimal', description: `Required for an AMOUNT. ${about.amount}` }),
    currencyCode: t.string({
      description: 'Of an AMOUNT: ISO 4217, IDR unless told. Orders in another currency cannot use it.',
    }),
    ticketCategoryIds: t.idList({ description: `${about.ticketCategoryIds} Without any: everything.` }),
    maxUses: t.int({ description: about.maxUses }),
    maxPerBuyer: t.int({ description: about.maxPerBuyer }),
    startsAt: t.field({ type: 'DateTime', description: about.startsAt }),
    endsAt: t.field({ type: 'DateTime', description: about.endsAt }),
  }),
})

const UpdatePromoCodeInput = builder.inputType('UpdatePromoCodeInput', {
  description:
    'Changes to a promo code. What is absent stays as it is; null clears what can be empty. Orders keep their discount.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'The promo code.' }),
    percentage: t.int({ description: `Only of a PERCENTAGE. ${about.percentage}` }),
    amount: t.field({ type: 'Decimal', description: `Only of an AMOUNT. ${about.amount}` }),
    ticketCategoryIds: t.idList({ description: `${about.ticketCategoryIds} Replaces all of them.` }),
    maxUses: t.int({ description: `${about.maxUses} Not less than are used.` }),
    maxPerBuyer: t.int({ description: `${about.maxPerBuyer} Orders that exist keep theirs.` }),
    startsAt: t.field({ type: 'DateTime', description: about.startsAt }),
    endsAt: t.field({ type: 'DateTime', description: about.endsAt }),
  }),
})

builder.queryField('promoCodes', (t) =>
  t.connection(
    {
      type: PromoCodeType,
      description:
        'The promo codes of an organizer, the newest first. For staff with event.write: FORBIDDEN without it, NOT_FOUND ' +
        'for everybody else.',
      extensions: cache.private,
      args: {
        organizerId: t.arg.id({ required: true, description: 'Whose codes.' }),
        eventId: t.arg.id({ description: 'Only those for this one event.' }),
      },
      resolve: (_root, args, ctx, info) =>
        listPromoCodes(
          ctx.deps,
          ctx.caller,
          args,
          queryFromInfo({ context: ctx, info, path: ['edges', 'node'] }),
        ),
    },
    { name: 'PromoCodeConnection', description: 'A page of promo codes.' },
    { name: 'PromoCodeEdge', description: 'One promo code in its place in the list.' },
  ),
)

builder.mutationFields((t) => ({
  createPromoCode: t.prismaField({
    type: PromoCodeType,
    description: 'Adds a promo code. Needs event.write.',
    errors: {
      types: [PromoCodeTaken, Forbidden, NotFound, ValidationFailed],
      union: { name: 'CreatePromoCodeResult', description: 'The code, or why there is none.' },
    },
    args: { input: t.arg({ type: CreatePromoCodeInput, required: true, description: 'The code.' }) },
    resolve: async (query, _root, { input }, ctx) => {
      const id = await createPromoCode(ctx.deps, ctx.caller, input)
      return ctx.deps.prisma.promoCode.findUniqueOrThrow({ ...query, where: { id } })
    },
  }),
  updatePromoCode: t.prismaField({
    type: PromoCodeType,
    description: 'Changes a promo code; with an endsAt that is past it ends. Needs event.write.',
    errors: {
      types: [Forbidden, NotFound, ValidationFailed],
      union: { name: 'UpdatePromoCodeResult', description: 'The code as it is now, or why it is unchanged.' },
    },
    args: { input: t.arg({ type: UpdatePromoCodeInput, required: true, description: 'The changes.' }) },
    resolve: async (query, _root, { input }, ctx) => {
      const id = await updatePromoCode(ctx.deps, ctx.caller, input)
      return ctx.deps.prisma.promoCode.findUniqueOrThrow({ ...query, where: { id } })
    },
  }),
  deletePromoCode: t.field({
    type: DeletedPromoCodeType,
    description: 'Deletes a promo code that no order was ever placed with. Needs event.write.',
    errors: {
      types: [PromoCodeUsed, Forbidden, NotFound],
      union: { name: 'DeletePromoCodeResult', description: 'What was deleted, or why it is still there.' },
    },
    args: { promoCodeId: t.arg.id({ required: true, description: 'The code.' }) },
    resolve: (_root, { promoCodeId }, ctx) => deletePromoCode(ctx.deps, ctx.caller, promoCodeId),
  }),
}))
