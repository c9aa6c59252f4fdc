import type { RefundStatus } from '../../generated/prisma/enums.ts'
import { DomainError } from '../../platform/errors.ts'

export class PaymentUnavailable extends DomainError {
  /** Milliseconds. */
  readonly retryAfter: number

  constructor(retryAfter: number, why: 'silent' | 'busy' = 'silent') {
    super(
      'PAYMENT_UNAVAILABLE',
      why === 'busy'
        ? 'The payment provider takes no more for now. Ask again with the same key in a moment.'
        : 'The payment provider does not answer. Ask again with the same key in a moment.',
    )
    this.retryAfter = retryAfter
  }
}

export class RefundStateRefused extends DomainError {
  readonly status: RefundStatus

  constructor(status: RefundStatus) {
    super('REFUND_STATE', `The refund is ${status}; this cannot be done with it.`)
    this.status = status
  }
}
