import { DomainError } from '../../platform/errors.ts'

export class EmailTaken extends DomainError {
  constructor() {
    super('EMAIL_TAKEN', 'An account with this e-mail exists. Sign in instead.', ['input', 'email'])
  }
}

/** The same for an unknown e-mail and a wrong password, so that nobody learns who has an account. */
export class InvalidCredentials extends DomainError {
  constructor(message = 'The e-mail or the password is wrong.') {
    super('INVALID_CREDENTIALS', message)
  }
}

export class LockedOut extends DomainError {
  readonly retryAfterSeconds: number

  constructor(retryAfterSeconds: number) {
    super('LOCKED_OUT', 'Too many attempts failed. Wait before the next one.')
    this.retryAfterSeconds = retryAfterSeconds
  }
}
