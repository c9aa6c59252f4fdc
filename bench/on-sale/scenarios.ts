// A spike from its first arrival to its last answer, with a server that has served before.
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { brokenInvariants } from '../../test/setup/oracle.ts'
import { nodeFile, type Server, startWorker, type Worker } from '../children.ts'
import { cpuOf, peakMemoryOf, watchOthers } from '../machine.ts'
import { documentIdOf } from '../operations.ts'
import type { Watched } from '../quiet.ts'
import { addSale, verifySale } from '../sales.ts'
import { learnSizes, type Stand } from '../stand.ts'
import type { Browsing, BrowsingSeen, Spike, SpikeSeen } from './spike.ts'

export interface Plan {
  readonly buyers: number
  readonly tickets: number
  readonly withinSeconds: number
  /** Reads. */
  readonly perSecond: number
  /** Admissions a minute. */
  readonly waitingRoomRate: number
  readonly patienceSeconds: number
  readonly rounds: number
}

export interface Round extends Watched {
  readonly buyers: SpikeSeen
  readonly browsing: BrowsingSeen
  /** Of the server process, in MB; null where there is no /proc. */
  readonly peakMb: number | null
  /** Shares of one core. */
  readonly serverShare: number | null
  readonly postgresShare: number | null
  readonly loadShare: number
  /** What is wrong with the books, in words. */
  readonly wrong: readonly string[]
  /** In the database. */
  readonly orders: number
}

export interface Clients {
  readonly buyers: Worker<Spike, SpikeSeen>
  readonly browsing: Worker<Browsing, BrowsingSeen>
}

export async function startClients({ folder }: Stand): Promise<Clients> {
  const worker = <Work extends object, Done>(name: string) =>
    startWorker<Work, Done>(nodeFile(`on-sale/${name}.ts`), { logFile: join(folder, `${name}.log`) })
  return { buyers: await worker('buyers'), browsing: await worker('browse') }
}

const documents = {
  join: documentIdOf('JoinWaitingRoom'),
  poll: documentIdOf('WaitingRoom'),
  order: documentIdOf('CreateOrder'),
}

/** How README says to run where memory is scarce. */
const SMALL = '--max-semi-space-size=4 --max-old-space-size=384'

/** Each round has a server of its own: peak memory has no way back. */
export async function roundOf(
  stand: Stand,
  clients: Clients,
  plan: Plan,
  { room, seed }: { room: boolean; seed: number },
): Promise<Round> {
  const server = await stand.startKarcis('any', { NODE_OPTIONS: SMALL })
  // One that was just started would be compiling while people wait.
  await spike(
    stand,
    clients,
    server,
    { ...plan, buyers: 1_500, tickets: 500, withinSeconds: 2 },
    { room, seed: 1 },
  )
  await learnSizes(stand)
  const round = await spike(stand, clients, server, plan, { room, seed })
  await server.stop()
  return round
}

async function spike(
  stand: Stand,
  clients: Clients,
  server: Server,
  { buyers, tickets, withinSeconds, perSecond, waitingRoomRate, patienceSeconds }: Plan,
  { room, seed }: { room: boolean; seed: number },
): Promise<Round> {
  const offer = { events: 1, categories: 1, quota: tickets }
  const [item] = await addSale(stand, { ...offer, waitingRoomRate: room ? waitingRoomRate : null })
  if (!item) throw new Error('Nothing is on sale.')
  const { port, pid } = server
  const used = () => Promise.all([cpuOf(pid), cpuOf(stand.postgresPid)])
  const [before, seenOthers, began] = [await used(), await watchOthers(), performance.now()]
  await clients.browsing.ask({ kind: 'start', port, item, perSecond })
  const prefix = randomBytes(3).toString('hex')
  const said = await clients.buyers.ask({
    ...{ port, item, buyers, withinSeconds, seed, prefix, patienceSeconds, room, documents },
  })
  const browsing = await clients.browsing.ask({ kind: 'stop' })
  const elapsedUs = (performance.now() - began) * 1_000
  const [after, others, peakMb] = [await used(), await seenOthers(), await peakMemoryOf(pid)]
  const share = (index: 0 | 1) => {
    const [from, to] = [before[index], after[index]]
    return from === null || to === null ? null : (to - from) / elapsedUs
  }
  const failed = said.unanswered + Object.values(said.errors).reduce((sum, count) => sum + count, 0)
  const { orders } = await verifySale(stand, [item], { answered: said.sold, failed })
  return {
    buyers: said,
    browsing,
    peakMb,
    others,
    orders,
    serverShare: share(0),
    postgresShare: share(1),
    loadShare: (said.cpuUs + browsing.cpuUs) / elapsedUs,
    wrong: await brokenInvariants(async (sql) => (await stand.database.query<{ id: string }>(sql)).rows),
  }
}
