import type { DomainError } from './errors.ts'

/** How long somebody still waits for an answer, and whether there is to be one. */
export interface Patience {
  /** Milliseconds; none when nobody waits any more. */
  left(): number
  /** Resolves with why nothing may be done for them; with null when it may. */
  readonly refusal: Promise<DomainError | null>
}

export const notRefused: Promise<null> = Promise.resolve(null)

/** Of whoever does not say. */
export const endless: Patience = { left: () => Number.POSITIVE_INFINITY, refusal: notRefused }
