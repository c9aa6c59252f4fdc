import type { Deps } from '../../platform/deps.ts'
import { type SaleTimes, type SellingEvent, saleState } from '../events/sale-window.ts'

/** What organisers say of one event's room, and what there is to sell. */
export interface RoomSettings extends SellingEvent {
  readonly id: string
  /** Admissions a minute; null: the room is off. */
  readonly waitingRoomRate: number | null
  readonly waitingRoomPaused: boolean
  readonly waitingRoomCapacity: number | null
  readonly ticketCategories: readonly (SaleTimes & { readonly remaining: number })[]
}

/** OFF: nobody needs an admission. OVER: nothing is for sale any more. */
export type Phase = 'OFF' | 'OVER' | 'PRE_QUEUE' | 'OPEN'

/** Where the sale stands. Computed for each visit, so that a sale opens on time however old the settings are. */
export function phaseOf(
  room: RoomSettings,
  now: Date,
): { phase: Phase; soldOut: boolean; opensAt: Date | null } {
  const states = room.ticketCategories.map((category) => ({
    category,
    state: saleState(category, room, now),
  }))
  const open = states.filter(({ state }) => state === 'OPEN')
  const starts = states
    .filter(({ state }) => state === 'NOT_YET')
    .map(({ category }) => (category.salesStartAt ?? room.salesStartAt ?? now).getTime())
  const opensAt = open.length === 0 && starts.length > 0 ? new Date(Math.min(...starts)) : null
  const soldOut = open.length > 0 && open.every(({ category }) => category.remaining === 0)
  if (room.waitingRoomRate === null) return { phase: 'OFF', soldOut: false, opensAt: null }
  if (open.length > 0) return { phase: 'OPEN', soldOut, opensAt: null }
  return { phase: opensAt ? 'PRE_QUEUE' : 'OVER', soldOut: false, opensAt }
}

// A change made elsewhere is seen after so long, if its purge got lost.
const FRESH_MS = 1_000
// A database that does not answer must not empty the rooms: the settings of before go on.
const USABLE_MS = 60_000
// Ids that clients make up are remembered too.
const MAX_ROOMS = 1_000

interface Entry {
  readonly settings: RoomSettings | null
  readonly readAt: number
  /** How often all was forgotten before this was read. */
  readonly era: number
}

/** Settings by event, read about once a second and never once a visit. */
export class RoomSettingsCache {
  readonly #deps: Pick<Deps, 'prisma' | 'clock' | 'log'>
  readonly #entries = new Map<string, Entry>()
  readonly #reading = new Map<string, Promise<RoomSettings | null>>()
  #era = 0

  constructor(deps: Pick<Deps, 'prisma' | 'clock' | 'log'>) {
    this.#deps = deps
  }

  /** Null for an unknown event and for a draft. */
  async get(eventId: string): Promise<RoomSettings | null> {
    const entry = this.#entries.get(eventId)
    const age = entry ? Math.abs(this.#deps.clock.now().getTime() - entry.readAt) : Number.POSITIVE_INFINITY
    if (entry?.era === this.#era && age < FRESH_MS) return entry.settings
    const reading = this.#reading.get(eventId) ?? this.#read(eventId)
    if (!entry || age >= USABLE_MS) return reading
    return reading.catch((error: unknown) => {
      this.#deps.log.warn({ err: error }, 'the settings of a waiting room cannot be read')
      return entry.settings
    })
  }

  /** Something public has changed. That is rare, and one statement a room finds out what. */
  forget(): void {
    this.#era += 1
    // Whoever asks from now on must not be given what was read before.
    this.#reading.clear()
  }

  #read(eventId: string): Promise<RoomSettings | null> {
    const era = this.#era
    const readAt = this.#deps.clock.now().getTime()
    const reading = readRoom(this.#deps, eventId)
      .then((settings) => {
        if (era === this.#era) this.#keep(eventId, { settings, readAt, era })
        return settings
      })
      .finally(() => {
        if (this.#reading.get(eventId) === reading) this.#reading.delete(eventId)
      })
    this.#reading.set(eventId, reading)
    return reading
  }

  #keep(eventId: string, entry: Entry): void {
    this.#entries.delete(eventId)
    const [oldest] = this.#entries.keys()
    if (this.#entries.size >= MAX_ROOMS && oldest !== undefined) this.#entries.delete(oldest)
    this.#entries.set(eventId, entry)
  }
}

const readRoom = ({ prisma }: Pick<Deps, 'prisma'>, id: string): Promise<RoomSettings | null> =>
  prisma.event.findUnique({
    where: { id, status: { not: 'DRAFT' } },
    select: {
      id: true,
      status: true,
      endsAt: true,
      salesStartAt: true,
      salesEndAt: true,
      waitingRoomRate: true,
      waitingRoomPaused: true,
      waitingRoomCapacity: true,
      ticketCategories: { select: { remaining: true, salesStartAt: true, salesEndAt: true } },
    },
  })
