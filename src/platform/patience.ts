/** How long somebody still waits for an answer. */
export interface Patience {
  /** Milliseconds; none when nobody waits any more. */
  left(): number
}

/** Of whoever does not say. */
export const endless: Patience = { left: () => Number.POSITIVE_INFINITY }
