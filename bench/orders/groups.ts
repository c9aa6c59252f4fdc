// How many buy at once, and of what.
import type { Offer } from '../sales.ts'
import type { Key } from './contestants.ts'

export interface Group {
  readonly buyers: number
  readonly of: Of
  readonly who: readonly Key[]
}

export type Of = 'one' | 'fifty' | 'four' | 'events'

const quota = 1_000_000
const offer = { quota, waitingRoomRate: null }

export const offers: Readonly<Record<Of, Offer>> = {
  one: { ...offer, events: 1, categories: 1 },
  fifty: { ...offer, events: 1, categories: 50 },
  four: { ...offer, events: 4, categories: 1 },
  events: { ...offer, events: 50, categories: 1 },
}

export const ofWhat: Readonly<Record<Of, string>> = {
  one: 'one category',
  fifty: '50 categories of one event',
  four: 'four events',
  events: '50 events',
}

const all = ['sql', 'prisma', 'command', 'http', 'three'] as const

export const groups: readonly Group[] = [
  { buyers: 1, of: 'one', who: ['sql', 'command', 'http'] },
  ...(['one', 'fifty'] as const).flatMap((of) =>
    [16, 64, 256].map((buyers): Group => ({ buyers, of, who: all })),
  ),
  ...(['four', 'events'] as const).map((of): Group => ({ buyers: 256, of, who: ['sql', 'command', 'http'] })),
]
