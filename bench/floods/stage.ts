// What the floods need: a shop with a worker, a provider and a mail server, and things that an attacker can ask for.
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { nodeFile, type Server, startWorker } from '../children.ts'
import type { Bench } from '../lifecycle.ts'
import { documentIdOf } from '../operations.ts'
import { post } from '../requests.ts'
import { addSale } from '../sales.ts'
import { learnSizes, type Stand } from '../stand.ts'
import { buy, type Shop } from './buyer.ts'
import { type Inbox, startInbox } from './inbox.ts'
import type { Said, Told } from './provider.ts'
import type { Flood, Flooded, Material } from './work.ts'

export interface Stage {
  readonly karcis: Server
  readonly shop: Shop
  readonly material: Material
  readonly inbox: Inbox
  attack(flood: Flood): Promise<Flooded>
  /** Calls that the provider answered with 429 so far. */
  refusedCalls(): Promise<number>
  /** Drops all jobs that are open and all that is in Redis, so that no round finds what an earlier one left. */
  clear(): Promise<void>
}

const LARGE_ORDER = 20
const SMALL_EVENT = 100

export async function setStage(stand: Stand, { closings }: Bench): Promise<Stage> {
  const serverKey = stand.environment['MIDTRANS_SERVER_KEY'] ?? ''
  const worker = <Work extends object, Done>(name: string) =>
    startWorker<Work, Done>(nodeFile(`floods/${name}.ts`), { logFile: join(stand.folder, `${name}.log`) })
  const provider = await worker<Told, Said>('provider')
  const attacker = await worker<Flood, Flooded>('attacker')
  const { url } = await provider.ask({ serverKey, paid: null })
  const inbox = await startInbox()
  closings.push(() => inbox.close())
  const settings = { MIDTRANS_URL: url, SMTP_URL: inbox.url }
  const karcis = await stand.startKarcis('any', settings)
  let jobs = await stand.startJobs(settings)

  const offer = { events: 1, categories: 1, quota: 10_000_000, waitingRoomRate: null }
  const [item] = await addSale(stand, offer)
  const [free] = await addSale(stand, offer)
  const [small] = await addSale(stand, { ...offer, quota: SMALL_EVENT })
  const [large] = await addSale(stand, offer)
  if (!item || !free || !small || !large) throw new Error('Nothing is on sale.')
  const change = (sql: string, id: string) => stand.database.query(sql, [id])
  await change('UPDATE ticket_category SET price_minor = 0 WHERE id = $1', free.categoryId)
  await change(`UPDATE ticket_category SET max_per_order = ${LARGE_ORDER} WHERE id = $1`, large.categoryId)
  await learnSizes(stand)

  // The buyer's word that it has paid and the end of the round are asked for in turn: a worker does one thing at a time.
  let turn: Promise<unknown> = Promise.resolve()
  const tell = (told: Told): Promise<Said> => {
    const said = turn.then(() => provider.ask(told))
    turn = said.catch(() => undefined)
    return said
  }
  const shop: Shop = {
    ...item,
    port: karcis.port,
    patienceMs: 20_000,
    inbox,
    async settle(paymentId) {
      const { notification } = await tell({ serverKey, paid: paymentId })
      return notification ?? ''
    },
  }
  const documents = [await documentOf(shop, 1), await documentOf({ ...shop, ...large }, LARGE_ORDER)]
  const material = { ...item, port: karcis.port, free, small, documents, account: 'owner@karcis.test' }
  return {
    ...{ karcis, shop, material, inbox },
    attack: (flood) => attacker.ask(flood),
    refusedCalls: async () => (await tell({ serverKey, paid: null })).refused,
    async clear() {
      await jobs.stop()
      await stand.database.query('UPDATE outbox SET closed_at = now() WHERE closed_at IS NULL')
      const redis = new Redis(stand.environment['REDIS_URL'] ?? '')
      await redis.flushdb()
      redis.disconnect()
      jobs = await stand.startJobs(settings)
    },
  }
}

/** The path of the tickets of a new paid order. */
async function documentOf(shop: Shop, quantity: number): Promise<string> {
  // The worker may still be starting.
  const { order, times } = await buy({ ...shop, patienceMs: 60_000 }, quantity)
  if (!order || times.error) throw new Error(`The order for the documents failed: ${times.error}`)
  const variables = { id: order.id, accessToken: order.accessToken }
  const request = post({ port: shop.port, documentId: documentIdOf('OrderDocuments'), variables }, '10.1.1.1')
  const [, body = ''] = request.split('\r\n\r\n')
  const answer = await fetch(`http://127.0.0.1:${shop.port}/graphql`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body,
  })
  const { data }: { data: { order: { documents: { ticketsPdf: string } } } } = JSON.parse(await answer.text())
  return new URL(data.order.documents.ticketsPdf).pathname
}
