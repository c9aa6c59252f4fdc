// Who places orders. All of them write the same rows (same-rows.ts).
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { nodeFile, startWorker } from '../children.ts'
import { metricOf } from '../metrics.ts'
import { documentIdOf } from '../operations.ts'
import { productionFlags, withFlags } from '../production.ts'
import type { Stand } from '../stand.ts'
import { type BestConnections, bestConnections } from './best-connections.ts'
import type { Of } from './groups.ts'
import type { Asked, Seen } from './work.ts'

export type Key = 'sql' | 'prisma' | 'command' | 'http' | 'three'

export type Ran = Seen & { readonly retries: number }

export interface Contestant {
  readonly key: Key
  readonly what: string
  /** The processes that serve. */
  readonly pids: readonly number[]
  /** Whether its buyers are in a process of their own. */
  readonly apart: boolean
  run(asked: Asked, of: Of): Promise<Ran>
}

export async function startContestants(
  stand: Stand,
  { calibrateSeconds }: { calibrateSeconds: number },
): Promise<{ contestants: Contestant[]; connections: BestConnections }> {
  const { folder, database, environment } = stand
  await database.query(await readFile(new URL('place-order.sql', import.meta.url), 'utf8'))
  const env = { ...environment, PORT: '0', LOG_LEVEL: 'warn' }
  const worker = <Work extends Asked, Done extends Seen>(name: string, program: readonly string[]) =>
    startWorker<Work, Done>(program, { logFile: join(folder, `${name}.log`), env })
  const flags = await productionFlags()
  const file = (name: string) => withFlags(nodeFile(`orders/${name}.ts`), flags)
  const sql = await worker<Asked & { connections: number }, Ran>('by-sql', file('by-sql'))
  const prisma = await worker<Asked, Ran>('by-prisma', file('by-prisma'))
  const command = await worker<Asked, Ran>('by-command', file('by-command'))
  const load = await worker<Asked & { ports: number[]; documentId: string }, Seen>('by-http', file('by-http'))
  const servers = [
    await stand.startKarcis('any'),
    await stand.startKarcis('any'),
    await stand.startKarcis('any'),
  ]
  await stand.startJobs()

  const documentId = documentIdOf('CreateOrder')
  const http = (some: typeof servers) => ({
    pids: some.map(({ pid }) => pid),
    apart: true,
    async run(asked: Asked): Promise<Ran> {
      const retries = async () => {
        const each = some.map((server) => metricOf(stand, server, 'karcis_transaction_retries_total'))
        return (await Promise.all(each)).reduce<number>((sum, one) => sum + (one ?? 0), 0)
      }
      const before = await retries()
      const seen = await load.ask({ ...asked, documentId, ports: some.map(({ port }) => port) })
      return { ...seen, retries: (await retries()) - before }
    },
  })
  const connections = await bestConnections(stand, calibrateSeconds, (asked, connections) =>
    sql.ask({ ...asked, connections }),
  )
  const contestants: Contestant[] = [
    {
      key: 'sql',
      what: '(a) limit: raw SQL, one transaction an order',
      pids: [sql.pid],
      apart: false,
      run: (asked, of) => sql.ask({ ...asked, connections: connections[of] }),
    },
    {
      key: 'prisma',
      what: '(b) Prisma, serializable, retried',
      pids: [prisma.pid],
      apart: false,
      run: (asked) => prisma.ask(asked),
    },
    {
      key: 'command',
      what: '(c) Karcis, the command without HTTP',
      pids: [command.pid],
      apart: false,
      run: (asked) => command.ask(asked),
    },
    { key: 'http', what: '(d) Karcis, HTTP, one process', ...http(servers.slice(0, 1)) },
    { key: 'three', what: '(e) Karcis, HTTP, three processes', ...http(servers) },
  ]
  return { contestants, connections }
}
