import { Busy } from './errors.ts'

/** Work that waits for one of few places, fairly among those who ask. */
export interface FairPlaces {
  /**
   * Runs the work when a place is free. `lane`: who asks, in turns with the other lanes; null for work of our own, which is
   * bounded elsewhere, so it is never refused. Rejects with Busy, before the work begins.
   */
  run<T>(lane: string | null, work: () => Promise<T>): Promise<T>
}

export interface FairPlacesOptions {
  /** How many run at once. */
  readonly places: number
  /** How many of one lane run at once. */
  readonly placesOfOne: number
  /** How many wait in all. */
  readonly waiting: number
  /** How many of one lane wait. */
  readonly waitingOfOne: number
  /** How long one waits at most, in milliseconds. */
  readonly patienceMs: number
}

interface Lane {
  running: number
  readonly waiting: (() => void)[]
}

export function createFairPlaces(options: FairPlacesOptions): FairPlaces {
  // In the order of their turns: whose work begins goes to the end.
  const lanes = new Map<string | null, Lane>()
  let running = 0
  let waiting = 0

  const busy = () => new Busy('BUSY', 'Too much is being drawn right now. Ask again in a moment.', 2)

  const mayRun = (name: string | null, lane: Lane): boolean =>
    running < options.places && (name === null || lane.running < options.placesOfOne)

  function begin(name: string | null, lane: Lane): void {
    running += 1
    lane.running += 1
    lanes.delete(name)
    lanes.set(name, lane)
  }

  function beginWaiting(): void {
    for (const [name, lane] of lanes) {
      if (running >= options.places) return
      if (!mayRun(name, lane)) continue
      const next = lane.waiting.shift()
      if (!next) continue
      waiting -= 1
      begin(name, lane)
      next()
    }
  }

  function leave(name: string | null, lane: Lane): void {
    running -= 1
    lane.running -= 1
    beginWaiting()
    forgetIfIdle(name, lane)
  }

  function forgetIfIdle(name: string | null, lane: Lane): void {
    if (lane.running === 0 && lane.waiting.length === 0) lanes.delete(name)
  }

  function wait(name: string | null, lane: Lane): Promise<void> {
    return new Promise((resolve, reject) => {
      const turn = () => {
        clearTimeout(timer)
        resolve()
      }
      const timer = name === null ? undefined : setTimeout(giveUp, options.patienceMs)
      function giveUp(): void {
        lane.waiting.splice(lane.waiting.indexOf(turn), 1)
        waiting -= 1
        forgetIfIdle(name, lane)
        reject(busy())
      }
      waiting += 1
      lane.waiting.push(turn)
      lanes.set(name, lane)
    })
  }

  return {
    async run(name, work) {
      const lane = lanes.get(name) ?? { running: 0, waiting: [] }
      if (lane.waiting.length === 0 && mayRun(name, lane)) begin(name, lane)
      else {
        if (name !== null && (waiting >= options.waiting || lane.waiting.length >= options.waitingOfOne))
          throw busy()
        await wait(name, lane)
      }
      try {
        return await work()
      } finally {
        leave(name, lane)
      }
    },
  }
}
