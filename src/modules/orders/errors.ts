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

export class LimitExceeded extends DomainError {
  readonly limit: number

  constructor(limit: number, path: string[]) {
    super('LIMIT_EXCEEDED', `At most ${limit} of this an order.`, path)
    this.limit = limit
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

export class PromoCodeInvalid extends DomainError {
  constructor() {
    super('PROMO_CODE_INVALID', 'This code is not valid for this order.', ['input', 'promoCode'])
  }
}

export class AdmissionRequired extends DomainError {
  constructor() {
    super('ADMISSION_REQUIRED', 'Join the waiting room of this event first.', ['input', 'admissionToken'])
  }
}

export class OrderStateRefused extends DomainError {
  readonly status: OrderStatus

  constructor(status: OrderStatus) {
    super('ORDER_STATE', `The order is ${status}; this cannot be done with it.`)
    this.status = status
  }
}
