// Why there is no order, or no change of one.
import { builder } from '../../builder.ts'
import { ErrorInterface, MoneyType } from '../shared/schema.ts'
import * as refusals from './errors.ts'
import { OrderStatusType } from './order.schema.ts'

builder.objectType(refusals.PriceChanged, {
  name: 'PriceChangedError',
  description: 'The total differs from expectedTotal. code: PRICE_CHANGED.',
  interfaces: [ErrorInterface],
  fields: (t) => ({ total: t.expose('total', { type: MoneyType, description: 'What it would cost now.' }) }),
})
const PromoCodeReasonType = builder.enumType('PromoCodeReason', {
  description: 'Why a promo code takes nothing off this order.',
  values: {
    UNKNOWN: { description: 'The organizer of the cart has no such code.' },
    NOT_STARTED: { description: 'It is good later.' },
    ENDED: { description: 'Its time is over.' },
    NOT_FOR_THIS_CART: {
      description: 'For another event, other tickets or another currency, or nothing is left to take off.',
    },
    USED_UP: { description: 'As many orders as may use it do. One that expires gives its use back.' },
    BUYER_LIMIT: {
      description: 'This buyer has as many orders with it as one may; see LimitRule.PER_BUYER.',
    },
    TOO_MANY_TRIES: {
      description:
        'This account, or the network of a guest, tried too many unknown codes; it was not looked at.',
    },
  },
})
builder.objectType(refusals.PromoCodeInvalid, {
  name: 'PromoCodeInvalidError',
  description: 'The promo code is not good for this order. code: PROMO_CODE_INVALID.',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    reason: t.expose('reason', { type: PromoCodeReasonType, description: 'Why; more may be added.' }),
  }),
})
builder.objectType(refusals.OrderStateRefused, {
  name: 'OrderStateError',
  description: 'The order is in a state that does not allow this. code: ORDER_STATE.',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    status: t.expose('status', { type: OrderStatusType, description: 'The state it is in.' }),
  }),
})
