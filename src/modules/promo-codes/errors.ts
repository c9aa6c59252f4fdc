import { DomainError } from '../../platform/errors.ts'

export class PromoCodeTaken extends DomainError {
  constructor() {
    super('PROMO_CODE_TAKEN', 'This organizer has the code already. Choose another.', ['input', 'code'])
  }
}

export class PromoCodeUsed extends DomainError {
  constructor() {
    super('PROMO_CODE_USED', 'Orders were placed with this code. End it instead.')
  }
}
