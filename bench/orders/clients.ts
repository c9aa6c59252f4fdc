// The buyers, in a process of their own. Reads its work from stdin, where no process list shows the password in it, and
// prints what it saw, both as JSON.
import { randomUUID } from 'node:crypto'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { Pool } from 'pg'
import { open } from '../connection.ts'
import { crowd, type Pace } from '../crowd.ts'

export type Work = { readonly clients: number; readonly seconds: number } & (
  | { readonly kind: 'order'; readonly port: number; readonly documentId: string; readonly wanted: Wanted }
  | {
      readonly kind: 'order-sql'
      readonly databaseUrl: string
      readonly wanted: Wanted
      readonly pool: number
    }
)

export interface Wanted {
  readonly eventId: string
  readonly categoryId: string
}

export interface Seen extends Pace {
  /** Transactions that were run again. Null when the server knows. */
  readonly retries: number | null
}

const buyerOf = (id: string): string => `${id}@bench.test`

function orderRequest({ port, documentId, wanted }: Work & { kind: 'order' }, client: number): string {
  const id = randomUUID()
  const input = {
    eventId: wanted.eventId,
    tickets: [{ ticketCategoryId: wanted.categoryId, quantity: 1 }],
    buyer: { name: 'Bench', email: buyerOf(id) },
  }
  const body = JSON.stringify({ documentId, variables: { input, idempotencyKey: id } })
  const head = `POST /graphql HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAccept: application/json\r\n`
  // Buyers come from many addresses, through a proxy that says so.
  const from = `X-Forwarded-For: 10.${client >> 8}.${client & 255}.${1 + Math.floor(Math.random() * 250)}\r\n`
  return `${head}${from}Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`
}

async function order(work: Work & { kind: 'order' }): Promise<Seen> {
  const { clients, seconds, port } = work
  const connections = await Promise.all(Array.from({ length: clients }, () => open(port)))
  const pace = await crowd(clients, seconds, async (client) => {
    const body = await connections[client]?.ask(orderRequest(work, client))
    if (!body?.includes('"number"')) throw new Error(`The order was refused: ${body}`)
  })
  for (const connection of connections) connection.close()
  return { ...pace, retries: null }
}

/** One transaction an order. A loser waits a little and tries again, as Karcis' own runner does. */
async function orderBySql({
  clients,
  seconds,
  databaseUrl,
  wanted,
  pool,
}: Work & { kind: 'order-sql' }): Promise<Seen> {
  let retries = 0
  const options = '-c default_transaction_isolation=serializable'
  const connections = new Pool({ connectionString: databaseUrl, max: pool, options })
  const place = async () => {
    const id = randomUUID()
    for (let attempt = 1; ; attempt += 1) {
      try {
        await connections.query({
          name: 'place',
          text: 'SELECT bench_place_order($1, $2, $3)',
          values: [wanted.categoryId, buyerOf(id), id],
        })
        return
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && error.code === '40001')) throw error
        retries += 1
        await sleep(Math.random() * Math.min(8 * 2 ** attempt, 400))
      }
    }
  }
  const pace = await crowd(clients, seconds, place)
  await connections.end()
  return { ...pace, retries }
}

if (import.meta.main) {
  const work: Work = JSON.parse(await text(process.stdin))
  setTimeout(() => process.exit(1), (work.seconds + 15) * 1_000).unref()
  console.log(JSON.stringify(await (work.kind === 'order' ? order(work) : orderBySql(work))))
}
