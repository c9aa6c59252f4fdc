import { builder } from '../../builder.ts'
import type { Caller } from '../../platform/caller.ts'
import * as errors from '../../platform/errors.ts'
import { money } from '../../platform/money.ts'
import { OrderStateRefused } from '../orders/errors.ts'
import { OrderType } from '../orders/order.schema.ts'
import { may } from '../organizers/permissions.ts'
import { ErrorInterface, keyArgument, MoneyType } from '../shared/schema.ts'
import { confirmManualRefund } from './confirm-manual-refund.ts'
import { PaymentUnavailable, RefundStateRefused } from './errors.ts'
import type { RefundRow } from './refund-books.ts'
import { refundOrder } from './refund-order.ts'
import { retryRefund } from './retry-refund.ts'
import type { RefundView } from './staff-refund.ts'

const RefundStatusType = builder.enumType('RefundStatus', {
  description: 'The state of a refund.',
  values: {
    PENDING: { description: 'The provider is asked to give it back.' },
    MANUAL: { description: 'Staff pay it by hand, because the provider has no way back; waits for them.' },
    SUCCEEDED: { description: 'It has gone out. A bank may take days until the buyer sees it.' },
    FAILED: { description: 'The provider refused. Still owed: staff try again or pay it by hand.' },
    CANCELLED: { description: 'Not owed any more: the money went back on another way.' },
  },
})

/** What only staff see of a refund; null for its buyer. */
const forStaff =
  (value: (refund: RefundRow) => string | null) =>
  ({ refund, organizerId }: RefundView, _args: object, ctx: { readonly caller: Caller }): string | null =>
    may(ctx.caller, organizerId, 'order.read') ? value(refund) : null

const RefundType = builder.objectRef<RefundView>('Refund').implement({
  description: 'Money of an order on its way back, or back.',
  fields: (t) => ({
    id: t.id({
      description: 'Opaque id; the refund key at the provider.',
      resolve: ({ refund }) => refund.id,
    }),
    status: t.field({
      type: RefundStatusType,
      description: 'Where it stands. Lags the provider by seconds.',
      resolve: ({ refund }) => refund.status,
    }),
    amount: t.field({
      type: MoneyType,
      description: 'What goes back.',
      resolve: ({ refund }) => money(refund.amountMinor, refund.currencyCode),
    }),
    createdAt: t.field({
      type: 'DateTime',
      description: 'When it was asked for.',
      resolve: ({ refund }) => refund.createdAt,
    }),
    succeededAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When it had gone out; null until then.',
      resolve: ({ refund }) => refund.succeededAt,
    }),
    reason: t.string({
      nullable: true,
      description: 'Why. Only for staff with order.read; null for the buyer.',
      resolve: forStaff(({ reason }) => reason),
    }),
    reference: t.string({
      nullable: true,
      description: 'Of the transfer by hand. Only for staff; null for the buyer and where the provider paid.',
      resolve: forStaff(({ reference }) => reference),
    }),
    failure: t.string({
      nullable: true,
      description: 'Why it is FAILED or CANCELLED. Only for staff; null for the buyer and otherwise.',
      resolve: forStaff(({ failure }) => failure),
    }),
  }),
})

builder.objectType(RefundStateRefused, {
  name: 'RefundStateError',
  description: 'The refund is not in a state where this can be done. code: REFUND_STATE.',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    status: t.expose('status', { type: RefundStatusType, description: 'The state it is in.' }),
  }),
})

builder.objectField(OrderType, 'refunds', (t) =>
  t.field({
    type: [RefundType],
    description: 'What of its money went back or is to go back, the oldest first. At most some dozens.',
    resolve: ({ refunds, organizerId }) =>
      // An answer that was stored before there were refunds has none.
      ((refunds as RefundRow[] | undefined) ?? []).map((refund) => ({ refund, organizerId })),
  }),
)

const RefundLineInput = builder.inputType('RefundLineInput', {
  description: 'Units of one line of the order.',
  fields: (t) => ({
    lineId: t.id({ required: true, description: 'OrderLine.id. Each line once.' }),
    quantity: t.int({ required: true, description: '1 to what of the line is not given back yet.' }),
  }),
})

const RefundOrderInput = builder.inputType('RefundOrderInput', {
  description:
    'What of which order to give back. Without amount and lines: all that is left. An amount alone is goodwill: tickets ' +
    'stay good, unless it is all that is left. Lines alone: what these units were paid with, less their share of the ' +
    'discount. Both: this amount for these units.',
  fields: (t) => ({
    orderId: t.id({ required: true, description: 'An order that is PAID or PARTIALLY_REFUNDED.' }),
    amount: t.field({
      type: 'Decimal',
      description:
        'In major units, above 0 and at most what was paid less all refunds, also those that wait or were refused. Whole ' +
        'rupiah for IDR.',
    }),
    reason: t.string({
      required: true,
      description: 'For staff and the provider, 1 to 500 characters. Not shown to the buyer.',
    }),
    lines: t.field({
      type: [RefundLineInput],
      description:
        'Units whose tickets are revoked: first of who has not come in yet, among those the last unit. Ticket stock ' +
        'rises at once.',
    }),
    restock: t.boolean({
      description: 'Whether merchandise among the units is for sale again; not unless told.',
    }),
    manual: t.boolean({
      description:
        'True: staff pay by hand and confirm it with confirmManualRefund. Always so for VA and bill payments, for which ' +
        'the provider has no way back.',
    }),
  }),
})

builder.mutationFields((t) => ({
  refundOrder: t.field({
    type: OrderType,
    description:
      'Gives money of a paid order back, all or a part. Needs order.refund. Tickets of refunded units are refused at the ' +
      'gate from now on; the money follows by a job, usually within seconds: Order.refunds. The provider is not asked ' +
      'meanwhile, so PaymentUnavailableError is not answered now.',
    errors: {
      types: [
        OrderStateRefused,
        PaymentUnavailable,
        errors.Forbidden,
        errors.NotFound,
        errors.IdempotencyConflict,
        errors.ValidationFailed,
      ],
      union: { name: 'RefundOrderResult', description: 'The order as it is now, or why it is unchanged.' },
    },
    args: {
      input: t.arg({ type: RefundOrderInput, required: true, description: 'Which order, and how much.' }),
      idempotencyKey: t.arg.string({ required: true, description: keyArgument }),
    },
    resolve: async (_root, { input, idempotencyKey }, ctx) => {
      const { value, replayed } = await refundOrder(ctx.deps, ctx.caller, input, idempotencyKey)
      ctx.reply.replayed ||= replayed
      return value
    },
  }),
  confirmManualRefund: t.field({
    type: RefundType,
    description:
      'Notes that staff have paid a MANUAL or FAILED refund by hand. Needs order.refund. The buyer is told.',
    errors: {
      types: [
        RefundStateRefused,
        errors.Forbidden,
        errors.NotFound,
        errors.IdempotencyConflict,
        errors.ValidationFailed,
      ],
      union: { name: 'ConfirmManualRefundResult', description: 'The refund, or why it is unchanged.' },
    },
    args: {
      refundId: t.arg.id({ required: true, description: 'A refund that is MANUAL or FAILED.' }),
      reference: t.arg.string({
        required: true,
        description: 'By which the transfer can be found, one line of 1 to 200 characters.',
      }),
      idempotencyKey: t.arg.string({ required: true, description: keyArgument }),
    },
    resolve: async (_root, { idempotencyKey, ...input }, ctx) => {
      const { value, replayed } = await confirmManualRefund(ctx.deps, ctx.caller, input, idempotencyKey)
      ctx.reply.replayed ||= replayed
      return value
    },
  }),
  retryRefund: t.field({
    type: RefundType,
    description:
      'Asks the provider again for a FAILED refund, or for a PENDING one whose job has given up. Needs order.refund. ' +
      'Under the same refund key, so it is never given back twice.',
    errors: {
      types: [
        RefundStateRefused,
        errors.Forbidden,
        errors.NotFound,
        errors.IdempotencyConflict,
        errors.ValidationFailed,
      ],
      union: { name: 'RetryRefundResult', description: 'The refund, PENDING again, or why it is unchanged.' },
    },
    args: {
      refundId: t.arg.id({ required: true, description: 'A refund that is FAILED or PENDING.' }),
      idempotencyKey: t.arg.string({ required: true, description: keyArgument }),
    },
    resolve: async (_root, { refundId, idempotencyKey }, ctx) => {
      const { value, replayed } = await retryRefund(ctx.deps, ctx.caller, refundId, idempotencyKey)
      ctx.reply.replayed ||= replayed
      return value
    },
  }),
}))
