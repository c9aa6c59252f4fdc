import type { OrderStatus } from '../../generated/prisma/enums.ts'
import { DomainError } from '../../platform/errors.ts'
import type { Money } from '../../platform/money.ts'

export class SoldOut extends DomainError {
  readonly itemId: string
  readonly remaining: number

  constructor(itemId: string, remaining: number) {
    super('SOLD_OUT', remaining === 0 ? 'This is sold out.' : `Only ${remaining} left.`)
    this.itemId = itemId
    this.remaining = remaining
  }
}

export class SaleClosed extends DomainError {
  readonly itemId: string

  constructor(itemId: string, state: 'NOT_YET' | 'CLOSED', path: string[]) {
    super('SALE_CLOSED', state === 'NOT_YET' ? 'The sale has not begun.' : 'The sale is over.', path)
    this.itemId = itemId
  }
}

/** What a limit is counted over: one order, or all that one buyer has. */
export type LimitRule = 'PER_ORDER' | 'PER_BUYER'

export class LimitExceeded extends DomainError {
  readonly limit: number
  readonly rule: LimitRule

  constructor(limit: number, path: string[], rule: LimitRule = 'PER_ORDER') {
    super(
      'LIMIT_EXCEEDED',
      rule === 'PER_ORDER'
        ? `At most ${limit} of this an order.`
        : `At most ${limit} of this a buyer, over all orders.`,
      path,
    )
    this.limit = limit
    this.rule = rule
  }
}

export class PriceChanged extends DomainError {
  readonly total: Money

  constructor(total: Money) {
    super('PRICE_CHANGED', 'The total is not what you expected. Look at it again.', [
      'input',
      'expectedTotal',
    ])
    this.total = total
  }
}

export class HoldExpired extends DomainError {
  constructor() {
    super('HOLD_EXPIRED', 'This hold is over. Choose again.', ['input', 'holdId'])
  }
}

const PROMO_CODE_REASONS = {
  UNKNOWN: 'There is no such code here.',
  NOT_STARTED: 'This code is not good yet.',
  ENDED: 'This code is over.',
  NOT_FOR_THIS_CART: 'This code takes nothing off what is in the cart.',
  USED_UP: 'This code is used up.',
  BUYER_LIMIT: 'You have used this code as often as one may.',
  TOO_MANY_TRIES: 'Too many codes were tried that are not there. Order without a code, or try again later.',
} as const

export type PromoCodeReason = keyof typeof PROMO_CODE_REASONS

export class PromoCodeInvalid extends DomainError {
  readonly reason: PromoCodeReason

  constructor(reason: PromoCodeReason) {
    super('PROMO_CODE_INVALID', PROMO_CODE_REASONS[reason], ['input', 'promoCode'])
    this.reason = reason
  }
}

export class OrderStateRefused extends DomainError {
  readonly status: OrderStatus

  constructor(status: OrderStatus) {
    super('ORDER_STATE', `The order is ${status}; this cannot be done with it.`)
    this.status = status
  }
}
