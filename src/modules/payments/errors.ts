import { DomainError } from '../../platform/errors.ts'

export class PaymentUnavailable extends DomainError {
  constructor() {
    super(
      'PAYMENT_UNAVAILABLE',
      'The payment provider does not answer. Ask again with the same key in a moment.',
    )
  }
}
