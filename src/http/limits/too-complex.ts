import { DomainError } from '../../platform/errors.ts'

/**
 * Refuses a document for what answering it would cost. `why` is for whoever writes one in development; elsewhere it
 * would teach how much is just allowed.
 */
export const tooComplex = (why: string, tellWhy: boolean): DomainError =>
  new DomainError(
    'DOCUMENT_TOO_COMPLEX',
    tellWhy ? `The document is too complex. ${why}` : 'The document is too complex.',
    null,
    400,
  )
