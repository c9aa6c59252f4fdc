import { createFairQueue } from './fair-queue.ts'

/** Whose call it is: within a share the keys take turns. */
export interface Turn<Share extends string> {
  readonly share: Share
  readonly key: string
}

/** How many calls a process may begin at somebody else's server, and who is next. */
export interface CallBudget<Share extends string> {
  /**
   * Resolves when the call may begin. Throws BudgetSpent when it could not begin within `patienceMs` milliseconds, or when too
   * many wait already: at once where that can be told, and at the latest when the time is over.
   */
  take(turn: Turn<Share>, patienceMs: number): Promise<void>
  /** The other side said that it was too much: nothing begins before `retryAfterMs`, and then half as much; null: it did not say when. */
  slowDown(retryAfterMs: number | null): void
  /** The other side took a call: a little more may begin. */
  speedUp(): void
}

export interface CallBudgetOptions<Share extends string> {
  /** Calls a second, when the other side takes them. */
  readonly perSecond: number
  readonly weights: Readonly<Record<Share, number>>
  /** How many may wait in all. */
  readonly maxWaiting: number
  /** How many of one key may wait. */
  readonly maxWaitingByKey: number
  /** The first pause after a refusal that does not say for how long; 1,000 ms unless told. It doubles with each further one. */
  readonly firstPauseMs?: number
  /** Called with the calls a second that may begin from now on. */
  readonly onRate?: (perSecond: number) => void
}

/** The call did not begin, and nobody was asked. */
export class BudgetSpent extends Error {
  /** Milliseconds: an estimate of when it could begin, spread a little. */
  readonly retryAfterMs: number

  constructor(retryAfterMs: number) {
    super('too many calls wait for their turn')
    this.retryAfterMs = retryAfterMs
  }
}

// What an absurd or hostile header may cost.
const LONGEST_PAUSE_MS = 60_000
const FIRST_PAUSE_MS = 1_000
const LONGEST_OWN_PAUSE_MS = 30_000
/** So much of a second's calls may begin in one moment. */
const BURST = 0.25

interface Waiting {
  readonly begin: () => void
}

/**
 * A token bucket before a fair queue. A refusal (429) halves the rate and each call that is taken gives a hundredth back, so it
 * finds what the other side bears, as TCP does.
 */
export function createCallBudget<Share extends string>(options: CallBudgetOptions<Share>): CallBudget<Share> {
  const {
    perSecond: most,
    maxWaiting,
    maxWaitingByKey,
    firstPauseMs = FIRST_PAUSE_MS,
    onRate = () => undefined,
  } = options
  const queue = createFairQueue<Share, Waiting>(options.weights)
  let rate = most
  let tokens = burstOf(rate)
  let filledAt = performance.now()
  let pausedUntil = 0
  let refusals = 0
  let timer: NodeJS.Timeout | undefined

  function changeRate(next: number): void {
    if (next === rate) return
    rate = next
    onRate(rate)
  }

  function fill(now: number): void {
    tokens = Math.min(burstOf(rate), tokens + (Math.max(0, now - filledAt) * rate) / 1_000)
    // During a pause nothing is saved up: what follows it would be the next burst.
    filledAt = Math.max(filledAt, now)
  }

  function serve(): void {
    clearTimeout(timer)
    timer = undefined
    const now = performance.now()
    fill(now)
    while (now >= pausedUntil && tokens >= 1 && queue.size > 0) {
      tokens -= 1
      queue.next()?.begin()
    }
    if (queue.size === 0) return
    const wait = Math.max(pausedUntil - now, ((1 - tokens) * 1_000) / rate)
    timer = setTimeout(serve, Math.max(1, Math.ceil(wait)))
  }

  /** How long one that comes now would wait, while nobody else comes. */
  function estimateMs({ share, key }: Turn<Share>): number {
    const others = queue.keys(share) - (queue.waiting(share, key) > 0 ? 1 : 0)
    const ahead = queue.waiting(share, key) * (others + 1) + others
    const needed = Math.min(ahead, queue.size) + 1 - tokens
    const pause = Math.max(0, pausedUntil - performance.now())
    return pause + Math.max(0, (needed * 1_000) / (rate * (queue.size > 0 ? queue.part(share) : 1)))
  }

  const spent = (estimate: number) =>
    new BudgetSpent(Math.ceil(estimate + (0.2 + Math.random()) * Math.max(1_000, estimate)))

  return {
    async take(turn, patience) {
      const { share, key } = turn
      const patienceMs = Math.max(0, patience)
      serve()
      const estimate = estimateMs(turn)
      const isFull = queue.size >= maxWaiting || queue.waiting(share, key) >= maxWaitingByKey
      if (isFull || estimate > patienceMs) throw spent(estimate)
      await new Promise<void>((resolve, reject) => {
        const waiting: Waiting = {
          begin() {
            clearTimeout(late)
            resolve()
          },
        }
        // Others may have come in between, or a pause.
        const late = Number.isFinite(patienceMs)
          ? setTimeout(() => {
              queue.remove(share, key, waiting)
              reject(spent(estimateMs(turn)))
            }, patienceMs)
          : undefined
        queue.add(share, key, waiting)
        serve()
      })
    },
    slowDown(retryAfterMs) {
      const now = performance.now()
      // Whatever was under way when it first said so is answered alike, and is no further reason.
      const isNew = now >= pausedUntil
      if (isNew) refusals += 1
      const own = Math.min(LONGEST_OWN_PAUSE_MS, firstPauseMs * 2 ** (refusals - 1))
      const pause = retryAfterMs === null ? own * (0.5 + Math.random() / 2) : retryAfterMs
      if (isNew || retryAfterMs !== null)
        pausedUntil = Math.max(pausedUntil, now + Math.min(LONGEST_PAUSE_MS, Math.max(1, pause)))
      tokens = 0
      filledAt = pausedUntil
      if (isNew) changeRate(Math.max(1, rate / 2))
      serve()
    },
    speedUp() {
      refusals = 0
      changeRate(Math.min(most, rate + most / 100))
    },
  }
}

const burstOf = (rate: number): number => Math.max(1, rate * BURST)
