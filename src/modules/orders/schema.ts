import { builder, cache } from '../../builder.ts'
import * as errors from '../../platform/errors.ts'
import { money } from '../../platform/money.ts'
import { paginate } from '../../platform/pagination.ts'
import { UserType } from '../accounts/schema.ts'
import { ErrorInterface, MoneyType } from '../shared/schema.ts'
import { TicketType } from '../tickets/schema.ts'
import { cancelOrder } from './cancel-order.ts'
import { createOrder } from './create-order.ts'
import * as refusals from './errors.ts'
import { findOrder, type OrderView, orderInclude } from './queries.ts'

export const OrderStatusType = builder.enumType('OrderStatus', {
  description: 'The state of an order. It never goes backwards.',
  values: {
    PENDING_PAYMENT: { description: 'Stock is taken; waits for payment until expiresAt.' },
    PAID: { description: 'Paid in full; tickets are issued.' },
    EXPIRED: {
      description: 'Not paid in time; its stock is for sale again. A late payment can still make it PAID.',
    },
    CANCELLED: { description: 'Cancelled before payment; its stock is for sale again.' },
    PARTIALLY_REFUNDED: { description: 'Part of the money was given back.' },
    REFUNDED: { description: 'All of the money was given back, by us or by the bank.' },
  },
})

const OrderLineKindType = builder.enumType('OrderLineKind', {
  description: 'What a line sells.',
  values: {
    TICKET: { description: 'Tickets of one category.' },
    MERCHANDISE: { description: 'Units of one merchandise variant.' },
  },
})

const OrderLineType = builder
  .objectRef<{ line: OrderView['lines'][number]; currencyCode: string }>('OrderLine')
  .implement({
    description: 'What was bought, as it was named and priced then.',
    fields: (t) => ({
      id: t.id({ description: 'Opaque id.', resolve: ({ line }) => line.id }),
      kind: t.field({
        type: OrderLineKindType,
        description: 'Ticket or merchandise.',
        resolve: ({ line }) => line.kind,
      }),
      name: t.string({ description: 'The name at the time of the order.', resolve: ({ line }) => line.name }),
      unitPrice: t.field({
        type: MoneyType,
        description: 'The price of one at the time of the order.',
        resolve: ({ line, currencyCode }) => money(line.unitPriceMinor, currencyCode),
      }),
      quantity: t.int({ description: 'Units, 1 to 100.', resolve: ({ line }) => line.quantity }),
      total: t.field({
        type: MoneyType,
        description: 'unitPrice times quantity.',
        resolve: ({ line, currencyCode }) => money(line.totalMinor, currencyCode),
      }),
    }),
  })

/** Other modules add what they know of an order (payment) with builder.objectField. */
export const OrderType = builder.objectRef<OrderView>('Order').implement({
  description:
    'One purchase of tickets, merchandise or both. Shown to its buyer and to staff with order.read.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'Opaque id.' }),
    number: t.exposeString('number', {
      description: 'Short and for people, e.g. 7K2M-9XQD-4F. Not in order of sale.',
    }),
    status: t.expose('status', { type: OrderStatusType, description: 'Where the order stands.' }),
    currencyCode: t.exposeString('currencyCode', { description: 'ISO 4217; one an order.' }),
    lines: t.field({
      type: [OrderLineType],
      description: 'At least one; lines of the cart that name one item are one line here.',
      resolve: (order) => order.lines.map((line) => ({ line, currencyCode: order.currencyCode })),
    }),
    subtotal: t.field({
      type: MoneyType,
      description: 'The sum of the lines.',
      resolve: (order) => money(order.subtotalMinor, order.currencyCode),
    }),
    discount: t.field({
      type: MoneyType,
      description: 'What a promo code takes off; zero without one.',
      resolve: (order) => money(order.discountMinor, order.currencyCode),
    }),
    total: t.field({
      type: MoneyType,
      description: 'What is to be paid: subtotal less discount.',
      resolve: (order) => money(order.totalMinor, order.currencyCode),
    }),
    buyerName: t.exposeString('buyerName', { description: 'As given in the order.' }),
    buyerEmail: t.exposeString('buyerEmail', { description: 'Where the tickets are mailed.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was placed.' }),
    expiresAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'Unpaid after this it expires, within seconds. Null for an order that cost nothing.',
      resolve: (order) => (order.totalMinor === 0n ? null : order.expiresAt),
    }),
    paidAt: t.expose('paidAt', { type: 'DateTime', nullable: true, description: 'Null until it is paid.' }),
    accessToken: t.exposeString('accessToken', {
      nullable: true,
      description:
        "A guest's way back to the order. Only in the answer to createOrder and its replay; null elsewhere.",
    }),
    tickets: t.field({
      type: [TicketType],
      description: 'One for each paid unit; empty until the order is PAID.',
      resolve: (order) => order.tickets,
    }),
  }),
})

builder.objectType(refusals.SoldOut, {
  name: 'SoldOutError',
  description: 'Fewer are left than asked for. code: SOLD_OUT.',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    itemId: t.exposeID('itemId', { description: 'The ticket category or variant.' }),
    remaining: t.exposeInt('remaining', { description: 'How many are left, 0 when none.' }),
  }),
})
builder.objectType(refusals.SaleClosed, {
  name: 'SaleClosedError',
  description: 'The sale of this category has not begun, or is over. code: SALE_CLOSED.',
  interfaces: [ErrorInterface],
  fields: (t) => ({ itemId: t.exposeID('itemId', { description: 'The ticket category.' }) }),
})
builder.objectType(refusals.LimitExceeded, {
  name: 'LimitExceededError',
  description: 'More than one order may have of this. code: LIMIT_EXCEEDED.',
  interfaces: [ErrorInterface],
  fields: (t) => ({ limit: t.exposeInt('limit', { description: 'The most that is allowed.' }) }),
})
builder.objectType(refusals.PriceChanged, {
  name: 'PriceChangedError',
  description: 'The total differs from expectedTotal. code: PRICE_CHANGED.',
  interfaces: [ErrorInterface],
  fields: (t) => ({ total: t.expose('total', { type: MoneyType, description: 'What it would cost now.' }) }),
})
builder.objectType(refusals.HoldExpired, {
  name: 'HoldExpiredError',
  description: 'The hold named by holdId is not there any more. code: HOLD_EXPIRED.',
  interfaces: [ErrorInterface],
})
builder.objectType(refusals.PromoCodeInvalid, {
  name: 'PromoCodeInvalidError',
  description: 'The promo code is unknown, used up, or not for this cart. code: PROMO_CODE_INVALID.',
  interfaces: [ErrorInterface],
})
builder.objectType(refusals.AdmissionRequired, {
  name: 'AdmissionRequiredError',
  description:
    'This event has a waiting room and the admission token is missing or spent. code: ADMISSION_REQUIRED.',
  interfaces: [ErrorInterface],
})
builder.objectType(refusals.OrderStateRefused, {
  name: 'OrderStateError',
  description: 'The order is in a state that does not allow this. code: ORDER_STATE.',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    status: t.expose('status', { type: OrderStatusType, description: 'The state it is in.' }),
  }),
})

const TicketLineInput = builder.inputType('TicketLineInput', {
  description: 'Tickets of one category. Lines of the same category are added up.',
  fields: (t) => ({
    ticketCategoryId: t.id({ required: true, description: 'A category of the event.' }),
    quantity: t.int({ required: true, description: 'From 1 to maxPerOrder of the category.' }),
    attendeeNames: t.stringList({ description: 'At most one a ticket, 1 to 100 characters each.' }),
  }),
})

const MerchandiseLineInput = builder.inputType('MerchandiseLineInput', {
  description: 'Units of one variant. Lines of the same variant are added up.',
  fields: (t) => ({
    variantId: t.id({ required: true, description: "A published variant of the event's organizer." }),
    quantity: t.int({ required: true, description: 'From 1 to maxPerOrder of the variant.' }),
  }),
})

const BuyerInput = builder.inputType('BuyerInput', {
  description: 'Who buys.',
  fields: (t) => ({
    name: t.string({ required: true, description: '1 to 100 characters.' }),
    email: t.string({ required: true, description: 'Where the tickets go. Compared in lower case.' }),
    phone: t.string({ description: '8 to 15 digits, with or without +.' }),
  }),
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
    promoCode: t.string({ description: 'Takes something off.' }),
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

const keyArgument = 'Made by the client, one a submission; see Mutation.'

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
            ctx.deps.prisma.order.findMany({
              ...page,
              where: { accountId: user.id, ...where },
              include: orderInclude,
            }),
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
        refusals.SoldOut,
        refusals.SaleClosed,
        refusals.LimitExceeded,
        refusals.HoldExpired,
        refusals.PromoCodeInvalid,
        refusals.PriceChanged,
        refusals.AdmissionRequired,
        errors.IdempotencyConflict,
        errors.ValidationFailed,
      ],
      union: { name: 'CreateOrderResult', description: 'The order, or why there is none.' },
    },
    args: {
      input: t.arg({ type: CreateOrderInput, required: true, description: 'The cart and its buyer.' }),
      idempotencyKey: t.arg.string({ required: true, description: keyArgument }),
    },
    resolve: async (_root, { input, idempotencyKey }, ctx) => {
      const { order, replayed } = await createOrder(ctx.deps, ctx.caller, input, idempotencyKey)
      ctx.reply.replayed ||= replayed
      return order
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
