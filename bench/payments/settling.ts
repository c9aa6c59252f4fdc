// Who settles, and rounds of each in turn.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { nodeFile, type Server, startWorker } from '../children.ts'
import { cpuOf, watchOthers } from '../machine.ts'
import { productionFlags, withFlags } from '../production.ts'
import { quietRounds, type Watched } from '../quiet.ts'
import { addSale } from '../sales.ts'
import { learnSizes, type Stand } from '../stand.ts'
import { addPending, verifySettled } from './pending.ts'
import type { Settled, Settling } from './work.ts'

export type Key = 'sql' | 'webhook'

interface Contestant {
  readonly key: Key
  readonly what: string
  readonly pid: number
  settle(work: Settling): Promise<Settled>
}

export interface Round extends Settled, Watched {
  /** CPU a settlement, in microseconds; null where there is no /proc. */
  readonly serverUs: number | null
  readonly postgresUs: number | null
}

export interface Measured {
  readonly key: Key
  readonly what: string
  readonly atOnce: number
  readonly rounds: readonly Round[]
}

const CROWDS = [4, 16, 64]

export async function startContestants(stand: Stand, karcis: Server): Promise<Contestant[]> {
  await stand.database.query(await readFile(new URL('settle.sql', import.meta.url), 'utf8'))
  const sql = await worker<Settling>(stand, 'by-sql')
  return [
    {
      key: 'sql',
      what: '(a) limit: raw SQL, one transaction a settlement',
      pid: sql.pid,
      settle: (work) => sql.ask(work),
    },
    await startNotifier(stand, karcis),
  ]
}

/** The provider that tells the webhook. */
export async function startNotifier(stand: Stand, { pid, port }: Server): Promise<Contestant> {
  const provider = await worker<Settling & { port: number }>(stand, 'by-webhook')
  return {
    key: 'webhook',
    what: '(b) Karcis, the webhook over HTTP',
    pid,
    settle: (work) => provider.ask({ ...work, port }),
  }
}

const worker = async <Work extends Settling>(stand: Stand, name: string) =>
  startWorker<Work, Settled>(withFlags(nodeFile(`payments/${name}.ts`), await productionFlags()), {
    logFile: join(stand.folder, `${name}.log`),
    env: { ...stand.environment, LOG_LEVEL: 'warn' },
  })

/** New orders for each round, all of one event, as a sale has them. */
export async function settleNew(
  stand: Stand,
  settle: Contestant['settle'],
  atOnce: number,
  count: number,
): Promise<Settled> {
  const [item] = await addSale(stand, {
    events: 1,
    categories: 1,
    quota: 2 * count,
    waitingRoomRate: null,
  })
  if (!item) throw new Error('Nothing is on sale.')
  const settlements = await addPending(stand, item, count)
  const settled = await settle({ atOnce, settlements })
  await verifySettled(stand, settlements)
  return settled
}

export async function measureSettling(
  stand: Stand,
  contestants: readonly Contestant[],
  { rounds, count, repeats }: { rounds: number; count: number; repeats: number },
  progress: (line: string) => void,
): Promise<Measured[]> {
  progress('Settling: warming up')
  for (const { settle } of contestants) await settleNew(stand, settle, 64, count)
  await learnSizes(stand)
  const measured = CROWDS.flatMap((atOnce) =>
    contestants.map((contestant) => ({ contestant, atOnce, rounds: [] as Round[] })),
  )
  const quiet = quietRounds(repeats)
  for (let number = 1; number <= rounds; number += 1) {
    progress(`Settling: round ${number} of ${rounds}, ${count} orders each`)
    for (const { contestant, atOnce, rounds } of measured) {
      rounds.push(await quiet(() => roundOf(stand, contestant, atOnce, count)))
    }
  }
  return measured.map(({ contestant: { key, what }, ...rest }) => ({ key, what, ...rest }))
}

async function roundOf(stand: Stand, contestant: Contestant, atOnce: number, count: number): Promise<Round> {
  const used = () => Promise.all([cpuOf(contestant.pid), cpuOf(stand.postgresPid)])
  let before = await used()
  let after = before
  let others: number | null = null
  const settled = await settleNew(
    stand,
    async (work) => {
      const seenOthers = await watchOthers()
      before = await used()
      const done = await contestant.settle(work)
      after = await used()
      others = await seenOthers()
      return done
    },
    atOnce,
    count,
  )
  const each = (index: 0 | 1) => {
    const [from, to] = [before[index], after[index]]
    return from === null || to === null ? null : (to - from) / count
  }
  return { ...settled, others, serverUs: each(0), postgresUs: each(1) }
}
