// Goods that are picked up at a booth with a QR code.
import { builder, scanned } from '../../builder.ts'
import * as errors from '../../platform/errors.ts'
import { OrderStateRefused } from '../orders/errors.ts'
import { OrderType } from '../orders/order.schema.ts'
import { ErrorInterface } from '../shared/schema.ts'
import { AlreadyDelivered, PickupInvalid } from './errors.ts'
import { FulfilmentStatusType } from './fulfilment.schema.ts'
import { handOverPickup, type Pickup } from './hand-over-pickup.ts'
import { pickupQrUrl, pickupTokenOf } from './pickup-code.ts'

const WHEN = 'Null unless goods are paid and still to be picked up, and null for everybody but the buyer.'

builder.objectFields(OrderType, (t) => ({
  pickupToken: t.string({
    nullable: true,
    description: `What the QR code for the booth holds, signed. A secret of the buyer. ${WHEN}`,
    resolve: (order, _args, ctx) => pickupTokenOf(ctx.deps, order),
  }),
  pickupQrPngUrl: t.string({
    nullable: true,
    description: `That QR code as a PNG image. Whoever has the address can pick the goods up. ${WHEN}`,
    resolve: async (order, _args, ctx) => {
      const token = await pickupTokenOf(ctx.deps, order)
      return token && pickupQrUrl(ctx.deps.settings.publicUrl, token, 'png')
    },
  }),
  pickupQrSvgUrl: t.string({
    nullable: true,
    description: `The same as an SVG image. ${WHEN}`,
    resolve: async (order, _args, ctx) => {
      const token = await pickupTokenOf(ctx.deps, order)
      return token && pickupQrUrl(ctx.deps.settings.publicUrl, token, 'svg')
    },
  }),
}))

const PickupItemType = builder.objectRef<Pickup['items'][number]>('PickupItem').implement({
  description: 'Goods to give out.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'As it was named in the order.' }),
    quantity: t.exposeInt('quantity', { description: 'Units.' }),
  }),
})

const PickupType = builder.objectRef<Pickup>('Pickup').implement({
  description: 'One hand-over at a booth. Shown to the booth only.',
  fields: (t) => ({
    orderNumber: t.exposeString('orderNumber', { description: 'The number that the buyer knows.' }),
    buyerName: t.exposeString('buyerName', { description: 'As given in the order.' }),
    items: t.expose('items', { type: [PickupItemType], description: 'What to give out now.' }),
    handedOverAt: t.expose('handedOverAt', { type: 'DateTime', description: 'When.' }),
    handedOverBy: t.exposeString('handedOverBy', { description: 'The staff or the device that scanned.' }),
  }),
})

builder.objectType(PickupInvalid, {
  name: 'PickupInvalidError',
  description: 'Not a pick-up token of this organizer. code: PICKUP_INVALID.',
  interfaces: [ErrorInterface],
})
builder.objectType(AlreadyDelivered, {
  name: 'AlreadyDeliveredError',
  description: 'Nothing is left to give out. Names the first delivery. code: ALREADY_DELIVERED.',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    status: t.expose('status', {
      type: FulfilmentStatusType,
      description: 'HANDED_OVER, or SHIPPED where it was sent.',
    }),
    deliveredAt: t.expose('deliveredAt', { type: 'DateTime', description: 'When that was.' }),
    deliveredBy: t.exposeString('deliveredBy', { description: 'The staff or the device, by name.' }),
  }),
})

builder.mutationField('handOverPickup', (t) =>
  t.field({
    type: PickupType,
    description:
      'Hands over all goods of an order that are not delivered yet, once: the second scan names the first. For gate ' +
      'devices of the organizer, and staff with merchandise.fulfil or check_in.write.',
    errors: {
      types: [
        AlreadyDelivered,
        PickupInvalid,
        OrderStateRefused,
        errors.IdempotencyConflict,
        errors.ValidationFailed,
      ],
      union: {
        name: 'HandOverPickupResult',
        description: 'What to give out, or why nothing is: a colour for each.',
      },
    },
    args: {
      token: t.arg.string({
        required: true,
        extensions: scanned,
        description: 'What the QR code holds, as the scanner sends it; see CheckInInput.ticketToken.',
      }),
      idempotencyKey: t.arg.string({
        required: true,
        description: 'Made by the device, one a scan; see Mutation.',
      }),
    },
    resolve: async (_root, { token, idempotencyKey }, ctx) => {
      const { value, replayed } = await handOverPickup(ctx.deps, ctx.caller, token, idempotencyKey)
      ctx.reply.replayed ||= replayed
      return value
    },
  }),
)
