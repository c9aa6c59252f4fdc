// What the workers of this bench are told and give back.
import type { Item } from '../sales.ts'

export interface Spike {
  readonly port: number
  readonly item: Item
  readonly buyers: number
  /** All arrive within so many seconds, at moments that the seed says. */
  readonly withinSeconds: number
  readonly seed: number
  /** Six hexadecimal digits that no spike had before: nobody buys twice. */
  readonly prefix: string
  /** Whoever has no answer by then has none. */
  readonly patienceSeconds: number
  /** Whether buyers join the waiting room first. */
  readonly room: boolean
  readonly documents: Readonly<Record<'join' | 'poll' | 'order', string>>
}

/** Milliseconds. */
export interface Times {
  readonly count: number
  readonly p50: number
  readonly p99: number
}

export interface SpikeSeen {
  readonly sold: number
  readonly soldOut: number
  readonly unanswered: number
  /** Buyers who were told to come back later at least once, and were answered all the same. */
  readonly busyThenAnswered: number
  /** How often somebody was told so. */
  readonly busy: number
  /** What else came, by kind. */
  readonly errors: Readonly<Record<string, number>>
  readonly join: Times
  readonly poll: Times
  readonly order: Times
  /** From arriving until the last answer. */
  readonly visit: Times
  /** Until the last ticket was sold; null: there are some left. */
  readonly soldOutSeconds: number | null
  readonly seconds: number
  /** CPU of the buyers, in microseconds. */
  readonly cpuUs: number
  /** Cumulated, a value each quarter of a second. */
  readonly curves: { readonly arrived: number[]; readonly answered: number[]; readonly sold: number[] }
}

export const CURVE_SECONDS = 0.25

export type Browsing =
  | { readonly kind: 'start'; readonly port: number; readonly item: Item; readonly perSecond: number }
  | { readonly kind: 'stop' }

export interface BrowsingSeen extends Times {
  readonly perSecond: number
  /** By status. */
  readonly errors: Readonly<Record<string, number>>
  readonly cpuUs: number
}
