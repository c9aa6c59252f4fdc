// Buyers who come at a steady rate, whether or not those before them were served: what waits in a queue counts as waiting.
import { setTimeout as sleep } from 'node:timers/promises'
import { type Connection, open } from '../connection.ts'
import { PERSON, template } from '../requests.ts'
import type { Item } from '../sales.ts'
import { serveWork } from '../work.ts'

export interface Steady {
  readonly port: number
  readonly documentId: string
  readonly item: Item
  readonly perSecond: number
  readonly seconds: number
  /** Six hexadecimal digits: nobody buys in two slices. */
  readonly prefix: string
}

export interface Seen {
  /** From the moment each was to come, in milliseconds. */
  readonly times: number[]
  readonly firstError: string | null
}

const idle: Connection[] = []

/** A server ends what nobody has used for a minute. */
async function connected(port: number): Promise<Connection> {
  for (let kept = idle.pop(); kept; kept = idle.pop()) if (kept.isOpen()) return kept
  return open(port)
}

serveWork(async (steady: Steady): Promise<Seen> => {
  const { port, documentId, item, perSecond, seconds, prefix } = steady
  const { eventId, categoryId } = item
  const input = {
    eventId,
    tickets: [{ ticketCategoryId: categoryId, quantity: 1 }],
    buyer: { name: 'Bench', email: `${PERSON}@bench.test` },
  }
  const request = template({ port, documentId, variables: { input, idempotencyKey: `order-${PERSON}` } })
  const times: number[] = []
  let firstError: string | null = null

  async function order(number: number, due: number): Promise<void> {
    try {
      const connection = await connected(port)
      // The bytes of a template are good until the next call of it.
      const bytes = Buffer.from(request.for(prefix + number.toString(16).padStart(6, '0')))
      const { status, body } = await connection.exchange(bytes)
      idle.push(connection)
      if (status !== 200 || !body.includes('"number"')) throw new Error(`${status} ${body.toString()}`)
      times.push(performance.now() - due)
    } catch (error) {
      firstError ??= String(error)
    }
  }

  const began = performance.now()
  const orders: Promise<void>[] = []
  for (let number = 0; number < perSecond * seconds; number += 1) {
    const due = began + (number * 1_000) / perSecond
    const wait = due - performance.now()
    if (wait > 0) await sleep(wait)
    orders.push(order(number, due))
  }
  await Promise.all(orders)
  return { times, firstError }
})
