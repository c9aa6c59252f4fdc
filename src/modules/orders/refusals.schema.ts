// Why there is no order, or no change of one.
import { builder } from '../../builder.ts'
import { ErrorInterface, MoneyType } from '../shared/schema.ts'
import * as refusals from './errors.ts'
import { OrderStatusType } from './order.schema.ts'

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
