/** An expected failure. It reaches the client as a member of a result union, or as an error with its code. */
export class DomainError extends Error {
  readonly code: string
  /** Where in the input the cause stands, e.g. ["input", "tickets", "0", "quantity"]. */
  readonly path: string[] | null
  /** The status of the whole HTTP answer where this error refuses the whole request. */
  readonly httpStatus: number

  constructor(code: string, message: string, path: string[] | null = null, httpStatus = 200) {
    super(message)
    this.name = new.target.name
    this.code = code
    this.path = path
    this.httpStatus = httpStatus
  }
}

export interface Issue {
  readonly path: string[]
  readonly message: string
}

export class ValidationFailed extends DomainError {
  readonly issues: readonly Issue[]

  constructor(issues: readonly Issue[]) {
    const [first] = issues
    super('VALIDATION_FAILED', first?.message ?? 'The input is not valid.', first?.path ?? null, 400)
    this.issues = issues
  }
}

/** Refuses input at one place. */
export const invalid = (path: string[], message: string): ValidationFailed =>
  new ValidationFailed([{ path, message }])

/** Also the answer for what exists but belongs to somebody else. */
export class NotFound extends DomainError {
  constructor(what: string, path: string[] | null = null) {
    super('NOT_FOUND', `${what} was not found.`, path)
  }
}

export class Unauthenticated extends DomainError {
  constructor(message = 'Sign in first.') {
    super('UNAUTHENTICATED', message, null, 401)
  }
}

export class Forbidden extends DomainError {
  constructor(permission: string) {
    super('FORBIDDEN', `Your role lacks the permission ${permission}.`, null, 403)
  }
}

export class IdempotencyConflict extends DomainError {
  constructor() {
    super(
      'IDEMPOTENCY_CONFLICT',
      'This idempotency key was used with other input. Use a new key for a new request.',
      ['idempotencyKey'],
    )
  }
}

/** Refuses the whole request before anything of it took effect. */
export class RateLimited extends DomainError {
  /** Whole seconds, at least 1, after which the same call is counted anew. */
  readonly retryAfterSeconds: number

  constructor(retryAfterSeconds: number) {
    super('RATE_LIMITED', 'Too many requests. Wait before the next one.', null, 429)
    this.retryAfterSeconds = retryAfterSeconds
  }
}

/** Given up by a clock, of the request or of the database. A write may have committed all the same. */
export class ExecutionTimeout extends DomainError {
  constructor() {
    super(
      'EXECUTION_TIMEOUT',
      'This took too long and was given up. A write may have taken effect: repeat it with the same idempotency key.',
      null,
      504,
    )
  }
}

/** Nothing happened, where no subclass says more; the same request may succeed a moment later. */
export class Busy extends DomainError {
  /** Whole seconds, at least 1, after which asking again is worth while. */
  readonly retryAfterSeconds: number

  constructor(
    code = 'BUSY',
    message = 'Too many people are asking for this right now. Ask again in a moment.',
    retryAfterSeconds = 1,
  ) {
    super(code, message, null, 503)
    this.retryAfterSeconds = retryAfterSeconds
  }
}

/** The connection to the database was lost. A write may have committed all the same. */
export class Unavailable extends Busy {
  constructor() {
    super(
      'SERVICE_UNAVAILABLE',
      'The service was interrupted. Ask again in a moment; a write with the same idempotency key, for it may have taken effect.',
    )
  }
}

/** Whether a write that failed with this may have taken effect. */
export const mayHaveCommitted = (error: unknown): boolean =>
  error instanceof ExecutionTimeout || error instanceof Unavailable
