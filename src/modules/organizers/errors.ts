import { DomainError } from '../../platform/errors.ts'

export class SlugTaken extends DomainError {
  constructor() {
    super('SLUG_TAKEN', 'This slug is taken. Choose another.', ['input', 'slug'])
  }
}

/** The same for a token that is unknown, used, revoked or expired. */
export class InvitationInvalid extends DomainError {
  constructor() {
    super(
      'INVITATION_INVALID',
      'This invitation is not valid, was used, or has expired. Ask for a new one.',
      ['input', 'token'],
    )
  }
}
