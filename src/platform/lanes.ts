import type { Kinds } from './outbox-rows.ts'

// The braces keep all keys of a queue in one slot of a Redis Cluster.
export const QUEUE_PREFIX = '{karcis}'

/** The queues, by name. */
export const QUEUES = ['jobs', 'messages'] as const

/** Jobs with a queue and workers of their own: nothing in one lane waits behind what is in another. */
export interface Lane {
  readonly queue: (typeof QUEUES)[number]
  readonly kinds: Kinds
  /** How many may begin in a second in one process; null: as many as it can do. */
  readonly perSecond: number | null
}

export interface LaneOptions {
  /** The kinds that write to buyers, by rank: what is waited for most first. */
  readonly messageKinds: readonly (readonly string[])[]
  /** How many of these may begin in a second in this process. */
  readonly messagesPerSecond: number
}

export const lanesOf = ({ messageKinds, messagesPerSecond }: LaneOptions): readonly Lane[] => [
  { queue: 'jobs', kinds: { allBut: messageKinds.flat() }, perSecond: null },
  { queue: 'messages', kinds: { only: messageKinds }, perSecond: messagesPerSecond },
]
