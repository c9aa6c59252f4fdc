import { builder, cache, countedMeanwhile } from '../../builder.ts'
import * as errors from '../../platform/errors.ts'
import { paginate } from '../../platform/pagination.ts'
import { UserType } from '../accounts/schema.ts'
import * as unavailable from '../holds/errors.ts'
import { MerchandiseLineInput, TicketLineInput } from '../holds/schema.ts'
import { keyArgument } from '../shared/schema.ts'
import { AdmissionRequired } from '../waiting-room/errors.ts'
import { cancelOrder } from './cancel-order.ts'
import { createOrder } from './create-order.ts'
import * as refusals from './errors.ts'
import { OrderType } from './order.schema.ts'
import { forBuyer } from './order-secrets.ts'
import { findOrder, type OrderView, orderInclude } from './queries.ts'
import './refusals.schema.ts'

const BuyerInput = builder.inputType('BuyerInput', {
  description: 'Who buys.',
  fields: (t) => ({
    name: t.string({ required: true, description: '1 to 100 characters, without web or e-mail addresses.' }),
    email: t.string({ required: true, description: 'Where the tickets go. Compared in lower case.' }),
    phone: t.string({ description: '8 to 15 digits, with or without +.' }),
    whatsapp: t.boolean({
      description:
        'True: the buyer agrees to be written to by WhatsApp as well, at `phone`, which is then required. False unless told.',
    }),
  }),
})

const LocaleType = builder.enumType('Locale', {
  description: 'A language that buyers are written to in.',
  values: {
    ID: { value: 'id', description: 'Indonesian.' },
    EN: { value: 'en', description: 'English.' },
  } as const,
})

const CreateOrderInput = builder.inputType('CreateOrderInput', {
  description: 'One cart: tickets of one event and merchandise of its organizer, all of it or nothing.',
  fields: (t) => ({
    eventId: t.id({ description: 'Required when tickets are bought.' }),
    tickets: t.field({ type: [TicketLineInput], description: 'With merchandise 1 to 100 lines.' }),
    merchandise: t.field({ type: [MerchandiseLineInput], description: 'With tickets 1 to 100 lines.' }),
    buyer: t.field({
      type: BuyerInput,
      description: 'Required for a guest; an account buys as itself without it.',
    }),
    holdId: t.id({ description: 'A hold of this caller, which the order uses up.' }),
    admissionToken: t.string({ description: 'From the waiting room, where the event has one.' }),
    promoCode: t.string({
      description:
        "A code of the event's organizer, in any case. Refused with PromoCodeInvalidError where it is not good.",
    }),
    deviceId: t.string({
      description:
        'What an app calls its device for as long as it is installed: 16 to 128 letters, digits or one of . _ : -, not ' +
        'guessable. Limits per buyer hold for it as well.',
    }),
    locale: t.field({
      type: LocaleType,
      description: 'The language of messages about the order; ID unless told.',
    }),
    expectedTotal: t.field({
      type: 'Decimal',
      description:
        'What the buyer was shown, in major units. A different total is refused with PriceChangedError.',
    }),
  }),
})

const CancelOrderInput = builder.inputType('CancelOrderInput', {
  description: 'Which order to cancel.',
  fields: (t) => ({
    orderId: t.id({ required: true, description: 'An unpaid order.' }),
    accessToken: t.string({ description: "A guest's token from createOrder." }),
    reason: t.string({ description: 'For the organizer, at most 500 characters.' }),
  }),
})

builder.queryField('order', (t) =>
  t.field({
    type: OrderType,
    nullable: true,
    description: 'One order. Null for an unknown id and for an order of somebody else.',
    extensions: cache.private,
    args: {
      id: t.arg.id({ required: true, description: 'The id from createOrder.' }),
      accessToken: t.arg.string({ description: "A guest's token from createOrder." }),
    },
    resolve: (_root, args, ctx) => findOrder(ctx.deps, ctx.caller, args.id, args.accessToken),
  }),
)

builder.objectField(UserType, 'orders', (t) =>
  t.connection(
    {
      type: OrderType,
      description: 'The orders of this account, newest first.',
      resolve: (user, args, ctx) =>
        paginate<OrderView>(
          args,
          { name: 'created', column: 'createdAt', direction: 'desc', kind: 'date' },
          ({ where, ...page }) =>
            ctx.deps.prisma.order
              .findMany({
                ...page,
                where: { accountId: user.id, ...where },
                include: orderInclude,
              })
              .then((orders) => orders.map(forBuyer)),
        ),
    },
    { name: 'OrderConnection', description: 'A page of orders.' },
    { name: 'OrderEdge', description: 'One order in its place in the list.' },
  ),
)

builder.mutationFields((t) => ({
  createOrder: t.field({
    type: OrderType,
    description:
      'Places an order: takes the stock and waits expiresAt for payment; a cart that costs nothing is PAID at once. ' +
      'Prices are the ones now; pass expectedTotal to be safe from a change.',
    errors: {
      types: [
        unavailable.SoldOut,
        unavailable.SaleClosed,
        unavailable.LimitExceeded,
        unavailable.HoldExpired,
        refusals.PromoCodeInvalid,
        refusals.PriceChanged,
        AdmissionRequired,
        errors.IdempotencyConflict,
        errors.ValidationFailed,
      ],
      union: { name: 'CreateOrderResult', description: 'The order, or why there is none.' },
    },
    args: {
      input: t.arg({ type: CreateOrderInput, required: true, description: 'The cart and its buyer.' }),
      idempotencyKey: t.arg.string({ required: true, description: keyArgument }),
    },
    extensions: countedMeanwhile,
    resolve: async (_root, { input, idempotencyKey }, ctx) => {
      const { order, replayed } = await createOrder(
        ctx.deps,
        ctx.caller,
        input,
        idempotencyKey,
        ctx.clientIp,
        ctx.patience,
      )
      ctx.reply.replayed ||= replayed
      return forBuyer(order)
    },
  }),
  cancelOrder: t.field({
    type: OrderType,
    description:
      'Cancels an unpaid order and gives its stock back. Cancelling a cancelled order changes nothing.',
    errors: {
      types: [
        refusals.OrderStateRefused,
        errors.NotFound,
        errors.IdempotencyConflict,
        errors.ValidationFailed,
      ],
      union: { name: 'CancelOrderResult', description: 'The cancelled order, or why it is not.' },
    },
    args: {
      input: t.arg({ type: CancelOrderInput, required: true, description: 'Which order.' }),
      idempotencyKey: t.arg.string({ required: true, description: keyArgument }),
    },
    resolve: async (_root, { input, idempotencyKey }, ctx) => {
      const { value, replayed } = await cancelOrder(ctx.deps, ctx.caller, input, idempotencyKey)
      ctx.reply.replayed ||= replayed
      return value
    },
  }),
}))
