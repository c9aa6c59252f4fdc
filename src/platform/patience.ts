import type { DomainError } from './errors.ts'

/** How long somebody still waits for an answer, and whether there is to be one. */
export interface Patience {
  /** Milliseconds; none when nobody waits any more. */
  left(): number
  /** Why nothing may be done for them; null when it may. It is found out when this is first called. */
  refusal(): Promise<DomainError | null>
}

export const notRefused = (): Promise<null> => Promise.resolve(null)

/** Of whoever does not say. */
export const endless: Patience = { left: () => Number.POSITIVE_INFINITY, refusal: notRefused }
