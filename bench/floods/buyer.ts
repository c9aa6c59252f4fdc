// Another buyer: orders, pays, and waits for the ticket. Each has a network and an e-mail of its own.
import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Connection, open } from '../connection.ts'
import { documentIdOf } from '../operations.ts'
import { networkOf, post } from '../requests.ts'
import type { Inbox } from './inbox.ts'

export interface Times {
  /** Milliseconds; null: it failed, or took longer than the shop's patience. */
  readonly order: number | null
  readonly payment: number | null
  /** From the provider's notification until the mail server has the mail with the tickets. */
  readonly mail: number | null
  /** What went wrong first. */
  readonly error: string | null
}

export interface Shop {
  readonly port: number
  readonly eventId: string
  readonly categoryId: string
  readonly inbox: Inbox
  /** How long a buyer waits for each step. */
  readonly patienceMs: number
  /** The buyer pays at the provider; gives the provider's notification. */
  settle(paymentId: string): Promise<string>
}

export interface Bought {
  readonly times: Times
  readonly order: { readonly id: string; readonly accessToken: string } | null
}

/** Buys `quantity` tickets. Nothing throws: what fails is in `times`. */
export async function buy(shop: Shop, quantity = 1): Promise<Bought> {
  const person = randomBytes(6).toString('hex')
  const email = `${person}@buyer.test`
  const network = networkOf(person)
  const connection = await open(shop.port)
  const times: { -readonly [K in keyof Times]: Times[K] } = {
    order: null,
    payment: null,
    mail: null,
    error: null,
  }
  let order: Bought['order'] = null
  try {
    const began = performance.now()
    const ask = (operation: string, input: object) =>
      mutate(connection, { ...shop, operation, input, network })
    order = await ask('CreateOrder', {
      eventId: shop.eventId,
      tickets: [{ ticketCategoryId: shop.categoryId, quantity }],
      buyer: { name: 'Sari Dewi', email },
    })
    times.order = performance.now() - began
    const { id: orderId, accessToken } = order
    const asked = performance.now()
    const payment = await ask('PayOrder', { orderId, accessToken, method: 'QRIS' })
    times.payment = performance.now() - asked
    const notification = await shop.settle(payment.id)
    const paidAt = performance.now()
    const ticketMail = shop.inbox.waitForTickets(email, shop.patienceMs)
    await notify(shop.port, notification)
    times.mail = (await ticketMail) ? performance.now() - paidAt : null
    if (times.mail === null) times.error = 'no ticket mail'
  } catch (error) {
    times.error = String(error)
  } finally {
    connection.close()
  }
  return { times, order }
}

interface Asked extends Pick<Shop, 'port' | 'patienceMs'> {
  readonly operation: string
  readonly input: object
  readonly network: string
}

async function mutate(connection: Connection, { port, patienceMs, operation, input, network }: Asked) {
  const variables = { input, idempotencyKey: randomBytes(12).toString('hex') }
  const request = post({ port, documentId: documentIdOf(operation), variables }, network)
  const late = sleep(patienceMs).then(() => Promise.reject(new Error(`${operation} took too long.`)))
  const body = await Promise.race([connection.ask(request), late])
  const [answer] = Object.values<{ id?: string; accessToken?: string }>(JSON.parse(body.toString()).data)
  if (!answer?.id) throw new Error(`${operation}: ${body.toString().slice(0, 200)}`)
  return { id: answer.id, accessToken: answer.accessToken ?? '' }
}

async function notify(port: number, body: string): Promise<void> {
  const answer = await fetch(`http://127.0.0.1:${port}/webhooks/midtrans`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body,
  })
  await answer.arrayBuffer()
  if (answer.status !== 200) throw new Error(`The webhook answered ${answer.status}.`)
}
