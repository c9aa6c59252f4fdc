import { DomainError } from '../../platform/errors.ts'
import type { Prisma } from '../../platform/prisma.ts'

export class TicketAlreadyUsed extends DomainError {
  readonly firstCheckIn: Prisma.CheckInGetPayload<object>

  /** Null while it is inside. */
  readonly leftAt: Date | null

  constructor(firstCheckIn: Prisma.CheckInGetPayload<object>, leftAt: Date | null) {
    super(
      'TICKET_ALREADY_USED',
      leftAt ? 'This ticket has left, and the event lets nobody in again.' : 'This ticket is already inside.',
      ['input', 'ticketToken'],
    )
    this.firstCheckIn = firstCheckIn
    this.leftAt = leftAt
  }
}

export class TicketInvalid extends DomainError {
  constructor(message = 'This is no ticket of ours.', code = 'TICKET_INVALID') {
    super(code, message, ['input', 'ticketToken'])
  }
}

export class TicketRevoked extends DomainError {
  constructor(message = 'This ticket was refunded or replaced.') {
    super('TICKET_REVOKED', message, ['input', 'ticketToken'])
  }
}

export class WrongGate extends DomainError {
  constructor() {
    super('WRONG_GATE', 'This ticket does not enter here.', ['input', 'gateId'])
  }
}

export class OutsideWindow extends DomainError {
  readonly opensAt: Date | null
  readonly closesAt: Date

  constructor(opensAt: Date | null, closesAt: Date) {
    super('OUTSIDE_WINDOW', 'The gate is not open for this ticket now.')
    this.opensAt = opensAt
    this.closesAt = closesAt
  }
}
