import {
  BrokenCircuitError,
  CircuitState,
  ConsecutiveBreaker,
  circuitBreaker,
  handleWhenResult,
} from 'cockatiel'

/** Leaves somebody alone who does not answer, so that nobody waits for what will not come. */
export interface Breaker {
  /** Throws Broken without a call while it is open, and while its one trial is under way. */
  run<T>(call: () => Promise<T>): Promise<T>
  /** Throws Broken where a call would not be let through now: before somebody waits for their turn to make one. */
  check(): void
}

export type BreakerState = 'closed' | 'half open' | 'open'

export interface BreakerOptions {
  /** Whether what a call gave says that nobody answers. What it throws does not count. */
  readonly isFailure: (result: unknown) => boolean
  /** So many failures in a row open it. */
  readonly failures: number
  /** After so long one call tries again: it closes the breaker, or opens it for as long again. */
  readonly pauseMs: number
  readonly onState: (state: BreakerState) => void
}

/** Nobody was asked. */
export class Broken extends Error {
  /** Milliseconds: not before the next call is let through, and for each another moment within one pause from then. */
  readonly retryAfterMs: number

  constructor(retryAfterMs: number) {
    super('the breaker is open')
    this.retryAfterMs = retryAfterMs
  }
}

export function createBreaker({ isFailure, failures, pauseMs, onState }: BreakerOptions): Breaker {
  const policy = circuitBreaker(handleWhenResult(isFailure), {
    halfOpenAfter: pauseMs,
    breaker: new ConsecutiveBreaker(failures),
  })
  let openedAt = 0
  policy.onStateChange((state) => {
    if (state === CircuitState.Open) openedAt = performance.now()
    onState(state === CircuitState.Open ? 'open' : state === CircuitState.HalfOpen ? 'half open' : 'closed')
  })
  // All who were sent away coming back in the same moment would be the next outage: they are spread over one pause more.
  const broken = () => {
    const left = Math.max(0, openedAt + pauseMs - performance.now())
    return new Broken(Math.max(1, Math.ceil(left + Math.random() * pauseMs)))
  }
  const isOpen = () => policy.state === CircuitState.Open && performance.now() < openedAt + pauseMs
  return {
    check() {
      if (isOpen() || policy.state === CircuitState.HalfOpen) throw broken()
    },
    async run(call) {
      // The library lets others wait for the trial, which may take as long as its time-out.
      if (policy.state === CircuitState.HalfOpen) throw broken()
      try {
        return await policy.execute(call)
      } catch (error) {
        throw error instanceof BrokenCircuitError ? broken() : error
      }
    },
  }
}
