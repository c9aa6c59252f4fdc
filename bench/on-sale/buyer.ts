import { setTimeout as sleep } from 'node:timers/promises'
import { type Answer, type Connection, open } from '../connection.ts'
import { networkOf, post } from '../requests.ts'
import type { Spike } from './spike.ts'

/** What all buyers of a spike note together. Times in milliseconds. */
export interface Tally {
  readonly join: number[]
  readonly poll: number[]
  readonly order: number[]
  busy: number
  readonly errors: Record<string, number>
}

interface Room {
  readonly state: string
  readonly joined: boolean
  readonly admissionToken: string | null
  readonly pollAfterSeconds: number
}

/** An answer's field, whichever member of its union it is. */
interface Said {
  readonly data?: Readonly<Record<string, (Partial<Room> & { waitingRoom?: Room } & Fields) | null>> | null
  readonly errors?: readonly { readonly extensions?: { readonly code?: string } }[]
}

interface Fields {
  readonly number?: string
  readonly token?: string | null
  readonly code?: string
  readonly retryAfterSeconds?: number
}

type Call = 'join' | 'poll' | 'order'

class GivenUp extends Error {}

const fields: Readonly<Record<Call, string>> = {
  join: 'joinWaitingRoom',
  poll: 'waitingRoom',
  order: 'createOrder',
}

// What a page does when its connection breaks and nobody says how long to wait.
const AGAIN_SECONDS = 1

/** One person. */
export class Buyer {
  wasBusy = false
  readonly #spike: Spike
  readonly #person: string
  readonly #tally: Tally
  readonly #random: () => number
  #connection: Connection | null = null
  #until = 0

  constructor(spike: Spike, number: number, tally: Tally, random: () => number) {
    this.#spike = spike
    this.#person = spike.prefix + number.toString(16).padStart(6, '0')
    this.#tally = tally
    this.#random = random
  }

  /** The end of it; null when there was none in time. */
  async shop(until: number): Promise<'sold' | 'soldOut' | null> {
    this.#until = until
    const late = setTimeout(() => this.#connection?.close(), until - performance.now())
    try {
      for (;;) {
        const admission = this.#spike.room ? await this.#waitForAdmission() : null
        if (admission === 'soldOut') return admission
        const end = await this.#order(admission)
        if (end !== 'again') return end
      }
    } catch (error) {
      if (!(error instanceof GivenUp)) throw error
      return null
    } finally {
      clearTimeout(late)
      this.#connection?.close()
    }
  }

  async #order(admissionToken: string | null): Promise<'sold' | 'soldOut' | 'again'> {
    const { item } = this.#spike
    const input = {
      eventId: item.eventId,
      tickets: [{ ticketCategoryId: item.categoryId, quantity: 1 }],
      buyer: { name: 'Bench', email: `${this.#person}@bench.test` },
      ...(admissionToken ? { admissionToken } : {}),
    }
    // One key for one submission, however often it is sent.
    const { number, code } = await this.#call('order', { input, idempotencyKey: `order-${this.#person}` })
    if (number) return 'sold'
    if (code === 'SOLD_OUT') return 'soldOut'
    this.#note(code ?? 'no order')
    await this.#pause(AGAIN_SECONDS)
    return 'again'
  }

  async #waitForAdmission(): Promise<string | null | 'soldOut'> {
    const { eventId } = this.#spike.item
    let token: string | null = null
    for (let room: Room | null = null; ; ) {
      if (!room?.joined) {
        const ticket: Fields & { waitingRoom?: Room } = await this.#call('join', { eventId, token })
        token = ticket.token ?? token
        room = ticket.waitingRoom ?? null
        if (ticket.code) {
          this.#note(ticket.code)
          await this.#pause(ticket.retryAfterSeconds ?? AGAIN_SECONDS)
          continue
        }
      } else {
        room = (await this.#call('poll', { eventId, token })) as Room | null
      }
      if (room?.state === 'SOLD_OUT') return 'soldOut'
      if (room?.state === 'INACTIVE') return null
      if (room?.admissionToken) return room.admissionToken
      await this.#pause(room?.pollAfterSeconds ?? AGAIN_SECONDS)
    }
  }

  /** Asks until there is an answer that is one. */
  async #call(call: Call, variables: object): Promise<Partial<Room> & { waitingRoom?: Room } & Fields> {
    const { port, documents } = this.#spike
    const request = post({ port, documentId: documents[call], variables }, networkOf(this.#person))
    for (;;) {
      const { status, retryAfter, body } = await this.#exchange(call, request)
      const said: Said = status === 0 ? {} : JSON.parse(body.toString())
      const found = said.data?.[fields[call]]
      if (status === 200 && found !== undefined) return found ?? {}
      if (status === 503 || status === 429) {
        this.wasBusy = true
        this.#tally.busy += 1
      } else if (status !== 0) this.#note(`${status} ${said.errors?.[0]?.extensions?.code ?? ''}`)
      await this.#pause(retryAfter ?? AGAIN_SECONDS)
    }
  }

  async #exchange(call: Call, request: string): Promise<Answer> {
    const began = performance.now()
    try {
      this.#connection ??= await open(this.#spike.port)
      const answer = await this.#connection.exchange(request)
      this.#tally[call].push(performance.now() - began)
      if (answer.isLast) this.#leave()
      return answer
    } catch (error) {
      this.#note(`${call}: ${error instanceof Error ? error.message : error}`)
      this.#leave()
      return { status: 0, retryAfter: null, isLast: true, body: Buffer.alloc(0) }
    }
  }

  #leave(): void {
    this.#connection?.close()
    this.#connection = null
  }

  /** Up to a quarter longer, or all who were told the same would come back together. */
  async #pause(seconds: number): Promise<void> {
    const milliseconds = seconds * 1_000 * (1 + this.#random() * 0.25)
    if (performance.now() + milliseconds > this.#until) throw new GivenUp()
    await sleep(milliseconds)
  }

  #note(kind: string): void {
    this.#tally.errors[kind] = (this.#tally.errors[kind] ?? 0) + 1
  }
}
