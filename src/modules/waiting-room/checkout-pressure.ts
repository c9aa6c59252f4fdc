import type { Clock } from '../../platform/clock.ts'

/** How checkout bears what waiting rooms let in, as this process sees it. */
export interface CheckoutPressure {
  /** An order was answered after so many milliseconds, refusals included. */
  took(milliseconds: number): void
  /** An order was turned away because too many wait. */
  refused(): void
  /** Whether fewer should be let in right now. */
  pressed(): boolean
}

// What is older says nothing of now.
const RECENT_MS = 2_000
// Ten times what an order takes while all is well.
const SLOW_MS = 600
const WEIGHT = 0.1

/** `crowded` says whether requests wait for a connection to the database. */
export function createCheckoutPressure(clock: Clock, crowded: () => boolean): CheckoutPressure {
  let average = 0
  let [answeredAt, refusedAt] = [0, 0]
  const recent = (time: number) => clock.now().getTime() - time < RECENT_MS
  return {
    took(milliseconds) {
      average = recent(answeredAt) ? average + WEIGHT * (milliseconds - average) : milliseconds
      answeredAt = clock.now().getTime()
    },
    refused() {
      refusedAt = clock.now().getTime()
    },
    pressed: () => recent(refusedAt) || (recent(answeredAt) && average > SLOW_MS) || crowded(),
  }
}
