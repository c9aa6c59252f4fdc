import type { OrderStatus } from '../../generated/prisma/enums.ts'
import { DomainError } from '../../platform/errors.ts'
import type { Money } from '../../platform/money.ts'

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
