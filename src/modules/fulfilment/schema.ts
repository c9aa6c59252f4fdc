import { queryFromInfo } from '@pothos/plugin-prisma'
import { builder, cache } from '../../builder.ts'
import * as errors from '../../platform/errors.ts'
import { OrderStateRefused } from '../orders/errors.ts'
import { OrderLineType, OrderType } from '../orders/order.schema.ts'
import { ErrorInterface, keyArgument } from '../shared/schema.ts'
import { FulfilmentStateRefused } from './errors.ts'
import { fulfilOrder } from './fulfil-order.ts'
import { FulfilmentStatusType, FulfilmentType } from './fulfilment.schema.ts'
import { fulfilmentOf, listFulfilments } from './queries.ts'
import './pickup.schema.ts'

builder.objectField(OrderLineType, 'fulfilment', (t) =>
  t.field({
    type: FulfilmentType,
    nullable: true,
    description: 'How far the goods are. Null for tickets, and for merchandise until the order is paid.',
    resolve: ({ order, line }, _args, ctx) => fulfilmentOf(ctx.deps, order, line),
  }),
)

builder.objectType(FulfilmentStateRefused, {
  name: 'FulfilmentStateError',
  description: 'A line is too far for this, or shipped under another number. code: FULFILMENT_STATE.',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    lineId: t.exposeID('lineId', { description: 'The first such line.' }),
    status: t.expose('status', { type: FulfilmentStatusType, description: 'How far it is.' }),
  }),
})

const FulfilmentStepType = builder.enumType('FulfilmentStep', {
  description: 'What is done with goods.',
  values: {
    PACKED: { description: 'They were packed.' },
    HANDED_OVER: { description: 'The buyer took them.' },
    SHIPPED: { description: 'They were given to a carrier.' },
  } as const,
})

const FulfilOrderInput = builder.inputType('FulfilOrderInput', {
  description: 'What was done with goods of one order.',
  fields: (t) => ({
    orderId: t.id({ required: true, description: 'A paid order with merchandise.' }),
    lineIds: t.idList({
      description:
        'The lines, each as a whole. All of them must be able to, else nothing moves. Absent: all that have this step ' +
        'ahead of them.',
    }),
    step: t.field({ type: FulfilmentStepType, required: true, description: 'What was done.' }),
    carrier: t.string({ description: 'For SHIPPED, and only for it: one line of 1 to 100 characters.' }),
    trackingNumber: t.string({
      description: 'For SHIPPED, and only for it: one line of 1 to 100 characters.',
    }),
  }),
})

builder.queryField('staffFulfilments', (t) =>
  t.connection(
    {
      type: FulfilmentType,
      description:
        'The merchandise of an organizer that is to be packed, waits, or has left the house, what was paid first first; ' +
        'lines of one order stand together. Refunded orders are not among what is UNFULFILLED or PACKED. For staff with ' +
        'merchandise.fulfil: FORBIDDEN without it, NOT_FOUND for everybody else.',
      extensions: cache.private,
      args: {
        organizerId: t.arg.id({ required: true, description: 'Whose merchandise.' }),
        eventId: t.arg.id({ description: 'Only of orders that name this event.' }),
        status: t.arg({
          type: FulfilmentStatusType,
          required: true,
          defaultValue: 'UNFULFILLED',
          description: 'How far.',
        }),
      },
      resolve: (_root, args, ctx, info) =>
        listFulfilments(
          ctx.deps,
          ctx.caller,
          args,
          queryFromInfo({ context: ctx, info, path: ['edges', 'node'] }),
        ),
    },
    { name: 'FulfilmentConnection', description: 'A page of fulfilments.' },
    { name: 'FulfilmentEdge', description: 'One fulfilment in its place in the list.' },
  ),
)

builder.mutationField('fulfilOrder', (t) =>
  t.field({
    type: OrderType,
    description:
      'Notes that goods of a paid order were packed, shipped or handed over. A repetition changes nothing. Needs ' +
      'merchandise.fulfil.',
    errors: {
      types: [
        OrderStateRefused,
        FulfilmentStateRefused,
        errors.Forbidden,
        errors.NotFound,
        errors.IdempotencyConflict,
        errors.ValidationFailed,
      ],
      union: { name: 'FulfilOrderResult', description: 'The order, or why nothing moved.' },
    },
    args: {
      input: t.arg({ type: FulfilOrderInput, required: true, description: 'What was done.' }),
      idempotencyKey: t.arg.string({
        required: true,
        description: keyArgument,
      }),
    },
    resolve: async (_root, { input, idempotencyKey }, ctx) => {
      const { value, replayed } = await fulfilOrder(ctx.deps, ctx.caller, input, idempotencyKey)
      ctx.reply.replayed ||= replayed
      return value
    },
  }),
)
