import { DomainError } from '../../platform/errors.ts'

export class PaymentUnavailable extends DomainError {
  /** Milliseconds. */
  readonly retryAfter: number

  constructor(retryAfter: number) {
    super(
      'PAYMENT_UNAVAILABLE',
      'The payment provider does not answer. Ask again with the same key in a moment.',
    )
    this.retryAfter = retryAfter
  }
}
