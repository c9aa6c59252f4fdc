import type { FulfilmentStatus } from '../../generated/prisma/enums.ts'
import { DomainError } from '../../platform/errors.ts'

export class FulfilmentStateRefused extends DomainError {
  readonly lineId: string
  readonly status: FulfilmentStatus

  constructor(lineId: string, status: FulfilmentStatus) {
    super('FULFILMENT_STATE', `A line of the order is ${status}; this cannot be done with it.`)
    this.lineId = lineId
    this.status = status
  }
}

export class PickupInvalid extends DomainError {
  constructor(message = 'This is no pick-up code of ours.') {
    super('PICKUP_INVALID', message, ['token'])
  }
}

/** Names the delivery that was first. */
export class AlreadyDelivered extends DomainError {
  readonly status: FulfilmentStatus
  readonly deliveredAt: Date
  readonly deliveredBy: string

  constructor(status: FulfilmentStatus, deliveredAt: Date, deliveredBy: string) {
    super('ALREADY_DELIVERED', 'These goods were given out before.', ['token'])
    this.status = status
    this.deliveredAt = deliveredAt
    this.deliveredBy = deliveredBy
  }
}
