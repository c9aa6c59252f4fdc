/** The only source of "now" for rules about time. Tests move it. */
export interface Clock {
  now(): Date
}

export const systemClock: Clock = { now: () => new Date() }

export const addSeconds = (time: Date, seconds: number): Date => new Date(time.getTime() + seconds * 1000)
