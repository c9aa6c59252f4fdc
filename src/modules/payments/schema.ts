import { builder } from '../../builder.ts'
import * as errors from '../../platform/errors.ts'
import { money } from '../../platform/money.ts'
import { siteOf } from '../../platform/network.ts'
import { OrderStateRefused } from '../orders/errors.ts'
import { OrderType } from '../orders/order.schema.ts'
import { ErrorInterface, keyArgument, MoneyType } from '../shared/schema.ts'
import { PaymentUnavailable } from './errors.ts'
import { payOrder } from './pay-order.ts'

export const PaymentMethodType = builder.enumType('PaymentMethod', {
  description: 'How the buyer pays.',
  values: {
    QRIS: { description: "Indonesia's QR standard: qrString." },
    BCA_VA: { description: 'Virtual account at BCA: vaNumber.' },
    BNI_VA: { description: 'Virtual account at BNI: vaNumber.' },
    BRI_VA: { description: 'Virtual account at BRI: vaNumber.' },
    PERMATA_VA: { description: 'Virtual account at Permata: vaNumber.' },
    MANDIRI_BILL: { description: 'Bill payment at Mandiri: billKey and billerCode.' },
    GOPAY: { description: 'GoPay: qrString, or redirectUrl on a phone.' },
    SNAP: { description: "The provider's own page: redirectUrl, or snapToken in a page of yours." },
  },
})

const PaymentStatusType = builder.enumType('PaymentStatus', {
  description: 'The state of one payment.',
  values: {
    PENDING: { description: 'Waits for the buyer.' },
    SETTLED: { description: 'The money arrived.' },
    FAILED: { description: 'Refused, cancelled, or taken back by the bank.' },
    EXPIRED: { description: 'Not paid in time.' },
    REFUNDED: { description: 'All of it was given back.' },
    PARTIALLY_REFUNDED: { description: 'Part of it was given back.' },
  },
})

const PaymentType = builder.prismaObject('Payment', {
  description: 'One attempt to pay an order.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'Opaque id.' }),
    status: t.expose('status', { type: PaymentStatusType, description: 'Lags the provider by seconds.' }),
    method: t.expose('method', { type: PaymentMethodType, description: 'As chosen in payOrder.' }),
    amount: t.field({
      type: MoneyType,
      description: 'What is to be paid.',
      resolve: (payment) => money(payment.amountMinor, payment.currencyCode),
    }),
    expiresAt: t.expose('expiresAt', {
      type: 'DateTime',
      nullable: true,
      description: 'Unpaid after this it expires.',
    }),
    qrString: t.exposeString('qrString', {
      nullable: true,
      description: 'To show as a QR code; null for other methods.',
    }),
    vaNumber: t.exposeString('vaNumber', {
      nullable: true,
      description: 'Where to transfer; null for other methods.',
    }),
    billKey: t.exposeString('billKey', { nullable: true, description: 'Only for MANDIRI_BILL.' }),
    billerCode: t.exposeString('billerCode', { nullable: true, description: 'Only for MANDIRI_BILL.' }),
    redirectUrl: t.exposeString('redirectUrl', {
      nullable: true,
      description: 'A page to pay on; null where the method has none.',
    }),
    snapToken: t.string({
      nullable: true,
      description:
        "Opens the page of redirectUrl as a pop-up by the provider's snap.js; null for other methods and from the sandbox.",
      resolve: ({ method, gateway, transactionId }) =>
        method === 'SNAP' && gateway === 'midtrans' ? transactionId : null,
    }),
  }),
})

builder.objectType(PaymentUnavailable, {
  name: 'PaymentUnavailableError',
  description:
    'The provider does not answer, or takes no more for now. Ask again with the same key. code: PAYMENT_UNAVAILABLE.',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    retryAfter: t.exposeInt('retryAfter', {
      description:
        'Milliseconds after which asking again is worth while. A provider that is known to be away is not asked before.',
    }),
  }),
})

builder.objectField(OrderType, 'payment', (t) =>
  t.field({
    type: PaymentType,
    nullable: true,
    description: 'The newest payment; null before payOrder and for an order that cost nothing.',
    resolve: (order) => order.payments[0] ?? null,
  }),
)

const PayOrderInput = builder.inputType('PayOrderInput', {
  description: 'Which order to pay, and how.',
  fields: (t) => ({
    orderId: t.id({ required: true, description: 'An order that waits for payment.' }),
    accessToken: t.string({ description: "A guest's token from createOrder." }),
    method: t.field({ type: PaymentMethodType, required: true, description: 'How to pay.' }),
  }),
})

builder.mutationField('payOrder', (t) =>
  t.field({
    type: PaymentType,
    description:
      'Opens a payment and answers what the buyer needs to pay it. An open payment by the same method is answered again. ' +
      'The order becomes PAID when the provider tells us, usually within seconds of paying.',
    errors: {
      types: [
        OrderStateRefused,
        PaymentUnavailable,
        errors.NotFound,
        errors.IdempotencyConflict,
        errors.ValidationFailed,
      ],
      union: { name: 'PayOrderResult', description: 'The payment, or why there is none.' },
    },
    args: {
      input: t.arg({ type: PayOrderInput, required: true, description: 'Which order, and how.' }),
      idempotencyKey: t.arg.string({
        required: true,
        description: keyArgument,
      }),
    },
    resolve: async (_root, { input, idempotencyKey }, ctx) => {
      const { value, replayed } = await payOrder(ctx.deps, ctx.caller, input, idempotencyKey, {
        network: siteOf(ctx.clientIp),
      })
      ctx.reply.replayed ||= replayed
      return value
    },
  }),
)
