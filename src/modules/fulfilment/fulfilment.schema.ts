import { builder } from '../../builder.ts'

export const FulfilmentStatusType = builder.enumType('FulfilmentStatus', {
  description: 'How far the goods of a line are. Never goes backwards; packing may be skipped.',
  values: {
    UNFULFILLED: { description: 'Paid; nobody has packed it yet.' },
    PACKED: { description: 'Packed; waits to be handed over or shipped.' },
    HANDED_OVER: { description: 'The buyer has it.' },
    SHIPPED: { description: 'With the carrier; see trackingNumber.' },
  },
})

export const FulfilmentType = builder.prismaObject('Fulfilment', {
  description:
    'The way of one paid line of merchandise to its buyer. A line goes as a whole. Shown to the buyer and to staff.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'Opaque id; the same as that of the order line.' }),
    status: t.expose('status', {
      type: FulfilmentStatusType,
      description: 'How far it is. Of a refunded order: how far it had come.',
    }),
    carrier: t.exposeString('carrier', { nullable: true, description: 'E.g. JNE; null unless SHIPPED.' }),
    trackingNumber: t.exposeString('trackingNumber', {
      nullable: true,
      description: "The carrier's number; null unless SHIPPED.",
    }),
    packedAt: t.expose('packedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'Null until it is packed, and where packing was skipped.',
    }),
    deliveredAt: t.expose('deliveredAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it was handed over or shipped; null until then.',
    }),
    paidAt: t.expose('createdAt', { type: 'DateTime', description: 'When the order was paid.' }),
    orderId: t.exposeID('orderId', { description: 'The order it belongs to, for fulfilOrder.' }),
    orderNumber: t.string({
      description: 'The number that the buyer knows.',
      select: { order: { select: { number: true } } },
      resolve: ({ order }) => order.number,
    }),
    buyerName: t.string({
      description: 'Who gets it.',
      select: { order: { select: { buyerName: true } } },
      resolve: ({ order }) => order.buyerName,
    }),
    buyerEmail: t.string({
      description: 'How to reach the buyer.',
      select: { order: { select: { buyerEmail: true } } },
      resolve: ({ order }) => order.buyerEmail,
    }),
    name: t.string({
      description: 'What to pack, as it was named in the order.',
      select: { line: { select: { name: true } } },
      resolve: ({ line }) => line.name,
    }),
    quantity: t.int({
      description: 'Units to pack: those of the line less what was given back to stock.',
      select: { line: { select: { quantity: true, refundedQuantity: true } } },
      resolve: ({ line }) => line.quantity - line.refundedQuantity,
    }),
  }),
})
