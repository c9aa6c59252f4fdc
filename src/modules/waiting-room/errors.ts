import { DomainError } from '../../platform/errors.ts'

/** The queue cannot be reached for a moment, or has no room for one more. Nobody's place is lost by it. */
export class WaitingRoomUnavailable extends DomainError {
  /** Whole seconds after which to ask again. */
  readonly retryAfterSeconds = 2

  constructor(message = 'The waiting room cannot be reached right now. Your place is kept.') {
    super('WAITING_ROOM_UNAVAILABLE', message)
  }
}

/** The event has a waiting room, and this admission is missing, over, somebody else's or used. */
export class AdmissionRequired extends DomainError {
  constructor() {
    super('ADMISSION_REQUIRED', 'Join the waiting room of this event first.', ['input', 'admissionToken'])
  }
}
