// What an outage needs before it begins: orders to be paid, some with a charge already, and tickets before their gates.
import { createHash, randomBytes } from 'node:crypto'
import type { Server } from '../children.ts'
import { open } from '../connection.ts'
import { documentIdOf } from '../operations.ts'
import { networkOf, post } from '../requests.ts'
import { addSale, type Item } from '../sales.ts'
import { learnSizes, type Stand } from '../stand.ts'
import type { Crowd } from './mixed.ts'
import { addPending } from './pending.ts'
import type { Settled, Settling } from './work.ts'

export interface Rates {
  readonly checkIns: number
  readonly payments: number
  readonly repeats: number
  readonly orders: number
  readonly reads: number
}

interface Placed {
  readonly id: string
  readonly accessToken: string
}

export interface Stage {
  /** Each of these is to be paid once, in turn. */
  readonly unpaid: readonly Placed[]
  /** The provider was asked for these before, with these words. */
  readonly charged: readonly Call[]
  readonly scans: readonly Call[]
  readonly item: Item
}

type Call = Crowd['calls'][number]

const AT_ONCE = 16
const CHARGED = 200
// As many phones as a festival has; one of them may scan 20 tickets a second.
const GATES = 8
// What a shop has after a day. PostgreSQL reads all of a small table instead of its index, and an index of few pages is read
// at the same places by everybody: serializable transactions that do so are in conflict.
const PAST = 10_000
const PAST_KEYS = 50_000

export async function setStage(
  stand: Stand,
  karcis: Server,
  settle: (work: Settling) => Promise<Settled>,
  wanted: { readonly unpaid: number; readonly scans: number },
): Promise<Stage> {
  const [item, entered, past] = await addSale(stand, {
    events: 3,
    categories: 1,
    quota: 1_000_000,
    waitingRoomRate: null,
  })
  if (!item || !entered || !past) throw new Error('Nothing is on sale.')
  await addPending(stand, past, PAST)
  await stand.database.query(
    `INSERT INTO idempotency_key (id, input_hash, answer, expires_at)
     SELECT gen_random_uuid(), sha256(n::text::bytea), '{}', now() + interval '1 day' FROM generate_series(1, $1) n`,
    [PAST_KEYS],
  )
  await learnSizes(stand)
  const placed = await askAll(karcis, 'CreateOrder', orderCalls(item, wanted.unpaid + CHARGED))
  const orders = placed.map(orderIn)
  const charged = paymentCalls(orders.slice(0, CHARGED))
  for (const answer of await askAll(karcis, 'PayOrder', charged)) {
    if (!answer.includes('"PENDING"')) throw new Error(`No charge: ${answer}`)
  }
  const settlements = await addPending(stand, entered, Math.ceil(wanted.scans / 2))
  await settle({ atOnce: AT_ONCE, settlements })
  return { item, unpaid: orders.slice(CHARGED), charged, scans: await scanCalls(stand, entered) }
}

/** Each of another buyer. */
export const orderCalls = ({ eventId, categoryId }: Item, count: number): Call[] =>
  Array.from({ length: count }, () => {
    const buyer = { name: 'Bench', email: `${randomBytes(6).toString('hex')}@bench.test` }
    const input = { eventId, tickets: [{ ticketCategoryId: categoryId, quantity: 1 }], buyer }
    return { variables: { input, idempotencyKey: someKey() } }
  })

/** Each of another order. */
export const paymentCalls = (orders: readonly Placed[]): Call[] =>
  orders.map(({ id, accessToken }) => {
    const input = { orderId: id, accessToken, method: 'QRIS' }
    return { variables: { input, idempotencyKey: someKey() } }
  })

/** The same with a key of its own each. */
export const underNewKeys = (calls: readonly Call[], count: number): Call[] =>
  Array.from({ length: count }, (_, index) => ({
    variables: { ...calls[index % calls.length]?.variables, idempotencyKey: someKey() },
  }))

const someKey = () => randomBytes(12).toString('hex')

function orderIn(answer: string): Placed {
  const order: Placed | undefined = JSON.parse(answer).data?.createOrder
  if (!order?.accessToken) throw new Error(`No order: ${answer}`)
  return order
}

async function askAll({ port }: Server, operation: string, calls: readonly Call[]): Promise<string[]> {
  const documentId = documentIdOf(operation)
  const waiting = [...calls.entries()]
  const answers: string[] = []
  const seats = Array.from({ length: AT_ONCE }, async () => {
    const connection = await open(port)
    for (let next = waiting.pop(); next; next = waiting.pop()) {
      const [index, { variables }] = next
      const network = networkOf(randomBytes(6).toString('hex'))
      answers[index] = (await connection.ask(post({ port, documentId, variables }, network))).toString()
    }
    connection.close()
  })
  await Promise.all(seats)
  return answers
}

async function scanCalls({ database }: Stand, { eventId, categoryId }: Item): Promise<Call[]> {
  const devices = Array.from({ length: GATES }, () => `kgd_${randomBytes(32).toString('base64url')}`)
  const hashes = devices.map((token) => createHash('sha256').update(token).digest())
  const gates = await database.query<{ id: string }>(
    `WITH gate AS (
       INSERT INTO gate (id, event_id, name) SELECT uuidv7(), $1, 'Bench ' || n FROM generate_series(1, $3) n RETURNING id),
     admits AS (INSERT INTO gate_category (gate_id, ticket_category_id) SELECT id, $2 FROM gate)
     SELECT id FROM gate`,
    [eventId, categoryId, GATES],
  )
  const ids = gates.rows.map(({ id }) => id)
  await database.query(
    `INSERT INTO gate_device (id, gate_id, name, token_hash)
     SELECT uuidv7(), gate, 'Bench', hash FROM unnest($1::uuid[], $2::bytea[]) AS device (gate, hash)`,
    [ids, hashes],
  )
  // Who came in and left on the day before.
  await database.query(
    `INSERT INTO check_in (id, ticket_id, gate_id, direction, scanned_at, received_at, closed_at)
     SELECT uuidv7(), t.id, $2, 'ENTRY', at, at, at
     FROM (SELECT id, now() - interval '1 day' AS at FROM ticket WHERE event_id = $1) t,
          generate_series(1, $3 / (SELECT count(*)::int FROM ticket WHERE event_id = $1))`,
    [eventId, ids[0], PAST],
  )
  // People do not come in the order in which they bought.
  const tickets = await database.query<{ token: string }>(
    'SELECT token FROM ticket WHERE event_id = $1 ORDER BY md5(id::text)',
    [eventId],
  )
  return tickets.rows.map(({ token }, index) => ({
    variables: { input: { ticketToken: token, gateId: ids[index % GATES] }, idempotencyKey: someKey() },
    token: devices[index % GATES] ?? '',
  }))
}
