import { DomainError } from '../../platform/errors.ts'

export class SlugTaken extends DomainError {
  constructor() {
    super('SLUG_TAKEN', 'This slug is taken. Choose another.', ['input', 'slug'])
  }
}
