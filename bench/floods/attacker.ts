// One attacker on one network, as a process of its own: each connection repeats one flood as fast as it is answered.
import { randomBytes } from 'node:crypto'
import { type Answer, type Connection, open } from '../connection.ts'
import { documentIdOf } from '../operations.ts'
import { post, read } from '../requests.ts'
import { serveWork } from '../work.ts'
import type { Flood, Flooded } from './work.ts'

export const ATTACKER = '203.0.113.66'
// Guesses come from a network of the attacker's own, in which it has 65,536 prefixes of /64.
const attackerInPrefix = () => `2001:db8:66:${randomBytes(2).toString('hex')}::1`
const CODE = /"code":"([A-Z_]+)"/

interface Hands {
  /** Sends a whole request and counts its outcome; null when the connection broke. */
  send(request: string, right: string): Promise<string | null>
}

const text = (bytes: number) => randomBytes(bytes).toString('hex')
const variable = (answer: string | null, name: string): string | undefined =>
  answer?.match(new RegExp(`"${name}":"([^"]+)"`))?.[1]

type Step = (flood: Flood, hands: Hands) => Promise<void>

function mutation(port: number, name: string, variables: object, network = ATTACKER): string {
  return post(
    { port, documentId: documentIdOf(name), variables: { ...variables, idempotencyKey: text(12) } },
    network,
  )
}

async function placeOrder(
  { port }: Flood,
  { send }: Hands,
  { eventId, categoryId }: { eventId: string; categoryId: string },
  name: string,
): Promise<{ orderId: string; accessToken: string } | null> {
  const tickets = [{ ticketCategoryId: categoryId, quantity: 1 }]
  const input = { eventId, tickets, buyer: { name, email: `${text(6)}@attacker.test` } }
  const answer = await send(mutation(port, 'CreateOrder', { input }), '"number"')
  const [orderId, accessToken] = [variable(answer, 'id'), variable(answer, 'accessToken')]
  return orderId && accessToken ? { orderId, accessToken } : null
}

const hold = ({ eventId, categoryId }: { eventId: string; categoryId: string }, quantity: number) => ({
  input: { eventId, deviceId: text(12), tickets: [{ ticketCategoryId: categoryId, quantity }] },
})

/** PayOrder of a new order; gives the order. */
async function charge(flood: Flood, hands: Hands) {
  const order = await placeOrder(flood, hands, flood, 'Attacker')
  if (order) {
    const input = { ...order, method: 'QRIS' }
    await hands.send(mutation(flood.port, 'PayOrder', { input }), '"PENDING"')
  }
  return order
}

const get = ({ port }: Flood, path: string) =>
  `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAccept: */*\r\nX-Forwarded-For: ${ATTACKER}\r\n\r\n`

const steps: Readonly<Record<Flood['name'], Step>> = {
  async holds(flood, { send }) {
    const answer = await send(mutation(flood.port, 'PlaceHold', hold(flood, 1)), '"expiresAt"')
    const holdId = variable(answer, 'id')
    if (holdId) await send(mutation(flood.port, 'ReleaseHold', { holdId }), '"expiresAt"')
  },
  async reads(flood, { send }) {
    const variables = { first: 20, filter: { search: text(8) } }
    const request = read({ port: flood.port, documentId: documentIdOf('EventList'), variables })
    await send(request.replace('\r\n\r\n', `\r\nX-Forwarded-For: ${ATTACKER}\r\n\r\n`), '"edges"')
  },
  async charges(flood, hands) {
    await charge(flood, hands)
  },
  async documents(flood, { send }) {
    for (const path of flood.documents) await send(get(flood, path), '')
  },
  async probes(flood, { send }) {
    await send(get(flood, '/health/ready'), '')
  },
  async 'unpaid-mails'(flood, hands) {
    const order = await charge(flood, hands)
    if (order) await hands.send(mutation(flood.port, 'CancelOrder', { input: order }), '"CANCELLED"')
  },
  async 'free-orders'(flood, hands) {
    await placeOrder(flood, hands, flood.free, 'You have won, call the number below')
  },
  async 'one-event'(flood, hands) {
    await hands.send(mutation(flood.port, 'PlaceHold', hold(flood.small, 4)), '"expiresAt"')
    await placeOrder(flood, hands, flood.small, 'Attacker')
  },
  async guesses({ port, account }, { send }) {
    const input = { email: account, password: text(8) }
    const request = { port, documentId: documentIdOf('Login'), variables: { input } }
    await send(post(request, attackerInPrefix()), '"accessToken"')
  },
}

serveWork(async (flood: Flood): Promise<Flooded> => {
  const outcomes: Record<string, number> = {}
  let firstError: string | null = null
  const until = performance.now() + flood.seconds * 1_000
  const step = steps[flood.name]

  async function attack(): Promise<void> {
    let connection: Connection | null = null
    const count = (outcome: string) => {
      outcomes[outcome] = (outcomes[outcome] ?? 0) + 1
    }
    const send: Hands['send'] = async (request, right) => {
      try {
        connection = connection?.isOpen() ? connection : await open(flood.port)
        const { status, body, isLast }: Answer = await connection.exchange(request)
        if (isLast) connection.close()
        const answer = body.toString('latin1')
        if (status === 200 && answer.includes(right)) {
          count('ok')
          return answer
        }
        count(status === 200 ? (CODE.exec(answer)?.[1] ?? 'wrong') : String(status))
      } catch (error) {
        firstError ??= String(error)
        count('broken')
        connection?.close()
      }
      return null
    }
    while (performance.now() < until) await step(flood, { send })
    ;(connection as Connection | null)?.close()
  }

  await Promise.all(Array.from({ length: flood.atOnce }, attack))
  return { outcomes, firstError }
})
