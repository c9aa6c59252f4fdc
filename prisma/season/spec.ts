// The shape in which the season's people write its data down. Money is whole rupiah here and minor units in the database.

export type OrganizerKey = 'gelora' | 'panggung' | 'rasa'

export interface CategoryOptions {
  /** Units that paid orders hold; the rest is for sale. */
  readonly sold?: number
  readonly max?: number
  /** Index of the schedule that it admits to; without one it is good for all. */
  readonly schedule?: number
  readonly description?: string
  /** The category's own sale, in days from now. */
  readonly opensIn?: number
  readonly closesIn?: number
}

export type CategorySpec = readonly [name: string, rupiah: number, quota: number, options?: CategoryOptions]

/** Local times; `plusDays` counts from the event's first day. */
export type ScheduleSpec = readonly [name: string, plusDays: number, start: string, hours: number]

export interface EventSpec {
  readonly slug: string
  readonly title: string
  readonly organizer: OrganizerKey
  readonly city: City
  readonly venue: string
  readonly tags: readonly string[]
  readonly description: string
  /** The first day, in days from now. */
  readonly day: number
  /** Moves the first day on to this weekday: 0 is Sunday. */
  readonly weekday?: number
  readonly schedules: readonly ScheduleSpec[]
  readonly categories: readonly CategorySpec[]
  /** When the sale opens, in days from now; without it some weeks ago. */
  readonly salesIn?: number
  readonly status?: 'DRAFT' | 'PUBLISHED' | 'CANCELLED' | 'ENDED'
  readonly allowReentry?: boolean
  /** Tickets that one buyer may have of all orders. */
  readonly maxPerBuyer?: number
  /** Gates that let in from publication on, so that scanning can be tried at once. */
  readonly gatesAlwaysOpen?: boolean
  /** Gates and the categories they let in; without it one gate for all. */
  readonly gates?: Readonly<Record<string, readonly string[]>>
}

export interface VariantOptions {
  readonly sold?: number
  readonly rupiah?: number
  readonly compareAt?: number
}

export type VariantSpec = readonly [name: string, stock: number, options?: VariantOptions]

export interface MerchandiseSpec {
  readonly slug: string
  readonly sku: string
  readonly name: string
  readonly organizer: OrganizerKey
  readonly event?: string
  readonly categories: readonly string[]
  readonly tags: readonly string[]
  readonly description: string
  readonly rupiah: number
  readonly variants: readonly VariantSpec[]
  readonly published?: boolean
}

/** By the slug of the merchandise. */
export type ReviewSpec = readonly [reviewer: string, rating: number, daysAgo: number, body: string]

const timeZones = {
  Jakarta: 'Asia/Jakarta',
  Bandung: 'Asia/Jakarta',
  Yogyakarta: 'Asia/Jakarta',
  Surabaya: 'Asia/Jakarta',
  Surakarta: 'Asia/Jakarta',
  Malang: 'Asia/Jakarta',
  Semarang: 'Asia/Jakarta',
  Medan: 'Asia/Jakarta',
  Padang: 'Asia/Jakarta',
  Denpasar: 'Asia/Makassar',
  Makassar: 'Asia/Makassar',
  Jayapura: 'Asia/Jayapura',
} as const

export type City = keyof typeof timeZones
export type TimeZone = (typeof timeZones)[City]

export const timeZoneOf = (city: City): TimeZone => timeZones[city]

export const minorOf = (rupiah: number): bigint => BigInt(rupiah) * 100n
