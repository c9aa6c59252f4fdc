// Orders for one ticket category, against one raw SQL transaction an order.
import { nodeFile, runClient, type Server } from '../children.ts'
import { cpuOf, peakMemoryOf } from '../machine.ts'
import { documentIdOf } from '../operations.ts'
import type { Stand } from '../stand.ts'
import type { Seen, Work } from './clients.ts'
import { addCategory, verify } from './sale.ts'
import type { Contest, Round } from './table.ts'

const ROUNDS = 3
const SECONDS = 3
// One connection is where such transactions are fastest: with more they meet on the hot row, and run again.
const BEST_POOL = 1
const USUAL_POOL = 10

export interface Sales {
  readonly contests: readonly Contest[]
  readonly sold: number
  readonly categories: number
}

/** Lets the buyers work and gives back what they saw. */
async function load(work: Work): Promise<Seen> {
  return JSON.parse(await runClient(nodeFile('orders/clients.ts'), 'any', JSON.stringify(work)))
}

async function retriesOf({ port }: Server, token: string): Promise<number> {
  const answer = await fetch(`http://127.0.0.1:${port}/metrics`, {
    headers: { Authorization: `Bearer ${token}` },
  })
  const found = /^karcis_transaction_retries_total\{transaction="createOrder"\} (\d+)/m.exec(
    await answer.text(),
  )
  return Number(found?.[1] ?? 0)
}

export async function measureOrders(stand: Stand, progress: (line: string) => void): Promise<Sales> {
  const karcis = await stand.startKarcis('any')
  const { databaseUrl, metricsToken } = stand
  const documentId = documentIdOf('CreateOrder')
  const totals = { sold: 0, categories: 0 }
  const check = async (categoryId: string, answered: number) => {
    totals.sold += await verify(stand, categoryId, answered)
    totals.categories += 1
  }

  async function byKarcis(clients: number, seconds: number): Promise<Round> {
    const wanted = await addCategory(stand)
    const [before, retries] = [await cpuOf(karcis.pid), await retriesOf(karcis, metricsToken)]
    const seen = await load({ kind: 'order', clients, seconds, port: karcis.port, documentId, wanted })
    const after = await cpuOf(karcis.pid)
    await check(wanted.categoryId, seen.count)
    return {
      ...seen,
      cpuUs: before === null || after === null ? null : (after - before) / seen.count,
      retries: (await retriesOf(karcis, metricsToken)) - retries,
    }
  }
  async function bySql(clients: number, seconds: number, pool: number): Promise<Round> {
    const wanted = await addCategory(stand)
    const seen = await load({ kind: 'order-sql', clients, seconds, databaseUrl, wanted, pool })
    await check(wanted.categoryId, seen.count)
    return { ...seen, cpuUs: null }
  }

  progress('Orders: warming up')
  await byKarcis(64, 3)
  await bySql(16, 1, BEST_POOL)
  const contests: Contest[] = []
  for (const clients of [16, 64]) {
    const rows = {
      karcis: { what: `Orders for one category, ${clients} buyers: Karcis`, rounds: [] as Round[] },
      best: { what: '– limit: raw SQL, one transaction an order', rounds: [] as Round[], peakMb: null },
      usual: { what: `– the same on ${USUAL_POOL} connections`, rounds: [] as Round[], peakMb: null },
    }
    for (let number = 1; number <= ROUNDS; number += 1) {
      progress(`Orders, ${clients} buyers: round ${number} of ${ROUNDS}`)
      rows.karcis.rounds.push(await byKarcis(clients, SECONDS))
      rows.best.rounds.push(await bySql(clients, SECONDS, BEST_POOL))
      rows.usual.rounds.push(await bySql(clients, SECONDS, USUAL_POOL))
    }
    const measured = { ...rows.karcis, peakMb: await peakMemoryOf(karcis.pid) }
    contests.push({ rows: [measured, rows.best, rows.usual], limit: rows.best })
  }
  await karcis.stop()
  return { contests, ...totals }
}
