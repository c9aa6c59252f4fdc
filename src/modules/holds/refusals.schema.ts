// Why nothing is held; an order is refused for the same reasons.
import { builder } from '../../builder.ts'
import { ErrorInterface } from '../shared/schema.ts'
import * as refusals from './errors.ts'

builder.objectType(refusals.SoldOut, {
  name: 'SoldOutError',
  description: 'Fewer are for sale than asked for. code: SOLD_OUT.',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    itemId: t.exposeID('itemId', { description: 'The ticket category or variant.' }),
    remaining: t.exposeInt('remaining', {
      description:
        'How many this caller could have now, 0 when none: what others hold is not for sale. The message says whether some ' +
        'of that may come back.',
    }),
  }),
})
builder.objectType(refusals.SaleClosed, {
  name: 'SaleClosedError',
  description: 'The sale of this category has not begun, or is over. code: SALE_CLOSED.',
  interfaces: [ErrorInterface],
  fields: (t) => ({ itemId: t.exposeID('itemId', { description: 'The ticket category.' }) }),
})
const LimitRuleType = builder.enumType('LimitRule', {
  description: 'What a limit is counted over; more may be added.',
  values: {
    PER_ORDER: { description: 'One order.' },
    PER_BUYER: {
      description:
        'All orders of one buyer that are not expired, cancelled or refunded. Whoever shares the account, the e-mail, ' +
        'the phone or the device is the same buyer.',
    },
    PER_NETWORK: {
      description:
        'All that holds and unpaid orders from one network have of this event, see Event.maxOpenPerNetwork. It is free again ' +
        'when they are paid or over.',
    },
  },
})
builder.objectType(refusals.LimitExceeded, {
  name: 'LimitExceededError',
  description: 'More than one order, one buyer or one network may have of this. code: LIMIT_EXCEEDED.',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    limit: t.exposeInt('limit', { description: 'The most that is allowed.' }),
    rule: t.expose('rule', { type: LimitRuleType, description: 'What it is counted over.' }),
    retryAfterSeconds: t.exposeInt('retryAfterSeconds', {
      nullable: true,
      description:
        'Of PER_NETWORK: 1 to 15; the same call may succeed then, when some of it was paid, cancelled or is over. Null: waiting ' +
        'does not help.',
    }),
  }),
})
builder.objectType(refusals.HoldExpired, {
  name: 'HoldExpiredError',
  description:
    'The hold named by holdId is over, was used, or is not of this caller and event. code: HOLD_EXPIRED.',
  interfaces: [ErrorInterface],
})
builder.objectType(refusals.HoldExtended, {
  name: 'HoldExtendedError',
  description: 'This hold was made longer before, which is done once. code: HOLD_EXTENDED.',
  interfaces: [ErrorInterface],
})
builder.objectType(refusals.HoldUnavailable, {
  name: 'HoldUnavailableError',
  description:
    'Nothing can be held for a moment, or so much has been held from the same network that it has to wait. Nothing was ' +
    'changed, and orders are taken all the same. code: HOLD_UNAVAILABLE.',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    retryAfter: t.exposeInt('retryAfter', { description: 'Milliseconds to wait before asking again.' }),
  }),
})
