import { builder } from '../../builder.ts'
import { money } from '../../platform/money.ts'
import { MoneyType } from '../shared/schema.ts'
import { TicketType } from '../tickets/schema.ts'
import { heldBy } from '../tickets/ticket-secrets.ts'
import { showsSecrets } from './order-secrets.ts'
import type { OrderView } from './queries.ts'

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

/** Other modules add what they know of a line (how far its goods are) with builder.objectField. */
export const OrderLineType = builder
  .objectRef<{ line: OrderView['lines'][number]; currencyCode: string; order: OrderView }>('OrderLine')
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
      resolve: (order) => order.lines.map((line) => ({ line, currencyCode: order.currencyCode, order })),
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
    promoCode: t.exposeString('promoCode', {
      nullable: true,
      description: 'The code that took the discount off, in upper case; null without one.',
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
      resolve: (order) =>
        showsSecrets(order) ? order.tickets.map((ticket) => heldBy('buyer', ticket)) : order.tickets,
    }),
  }),
})
