import type { Log } from './telemetry.ts'
import { Hanging, within } from './within.ts'

// Counting is worth less than an answer: a Redis that hangs delays a call by this and no more.
const PATIENCE_MS = 300
// After it hung nobody waits for it for a while.
const PAUSE_MS = 1_000
// An outage is news once a minute, not once a call.
const QUIET_MS = 60_000

/** Counts in Redis, and in this process while Redis is away or hangs. `onAlone` is called for each step of that. */
export class RedisOutage {
  readonly #log: Log
  readonly #onAlone: () => void
  #quietUntil = 0
  #pauseUntil = 0

  constructor(log: Log, onAlone: () => void) {
    this.#log = log
    this.#onAlone = onAlone
  }

  /** What Redis says, or what this process knows where Redis is away or hangs. */
  async bridge<T>(shared: () => Promise<T>, own: () => Promise<T>): Promise<T> {
    if (performance.now() < this.#pauseUntil) return this.#alone(own)
    try {
      return await within(PATIENCE_MS, shared())
    } catch (error) {
      const now = performance.now()
      if (error instanceof Hanging) this.#pauseUntil = now + PAUSE_MS
      if (now >= this.#quietUntil) {
        this.#quietUntil = now + QUIET_MS
        const reason = error instanceof Error ? error.message : String(error)
        this.#log.warn({ reason }, 'limits are counted in this process only: Redis does not answer')
      }
      return this.#alone(own)
    }
  }

  #alone<T>(own: () => Promise<T>): Promise<T> {
    this.#onAlone()
    return own()
  }
}
