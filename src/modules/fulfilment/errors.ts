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
