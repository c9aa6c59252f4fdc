// Who is measured, and on what it is asked.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { freePort } from '../../scripts/services/service.ts'
import { nodeFile, type Server, startServer } from '../children.ts'
import type { StoredAnswer } from '../peers/bare.ts'
import { productionFlags, withFlags } from '../production.ts'
import type { Stand } from '../stand.ts'
import { type Dialect, eventList, eventListSince } from './addresses.ts'
import { startNginx, startVarnish } from './fronts.ts'
import { versionOf } from './packages.ts'
import { programFor } from './programs.ts'

export type Key =
  | 'bare'
  | 'edge'
  | 'varnish'
  | 'nginx'
  | 'redis'
  | 'mercurius'
  | 'yoga'
  | 'apollo'
  | 'miss'
  | 'yoga-sql'

export interface Contestant {
  readonly key: Key
  readonly what: string
  readonly server: Server
  readonly address: string
  readonly headers: readonly string[]
  /** So many addresses are asked for in turn. */
  readonly distinct: number
  /** Whether each address is asked for once before each round, so that the round finds it kept. */
  readonly filled: boolean
}

const hit = { headers: [], distinct: 1, filled: true } as const
const miss = { headers: [], distinct: 20_000, filled: false } as const

export async function startContestants(
  stand: Stand,
  progress: (line: string) => void,
): Promise<Contestant[]> {
  const { folder } = stand
  const flags = await productionFlags()
  const peer = async (file: string, dialect: Dialect, settings: Record<string, string> = {}) => {
    const port = await freePort()
    const env = {
      PATH: process.env['PATH'],
      NODE_ENV: 'production',
      DATABASE_URL: stand.databaseUrl,
      PORT: String(port),
      ...settings,
    }
    const logFile = join(folder, `${file}-${port}.log`)
    const options = { port, probe: eventList(dialect), core: 'server', logFile, env } as const
    // Apollo refuses what a foreign page's form could send.
    return startServer(withFlags(nodeFile(`peers/${file}.ts`), flags), {
      ...options,
      headers: { 'Apollo-Require-Preflight': 'true' },
    })
  }
  const karcis = (settings: Record<string, string> = {}) => stand.startKarcis('server', settings)

  const address = eventList('documentId')
  const edge = await karcis()
  const bare = await startBare(stand, edge, address)
  const list: Contestant[] = [
    { ...hit, key: 'bare', what: 'Limit: bare node:http, the same bytes', server: bare, address },
    { ...hit, key: 'edge', what: 'Karcis, edge hit', server: edge, address },
  ]
  for (const [key, program, start] of [
    ['varnish', 'varnishd', startVarnish],
    ['nginx', 'nginx', startNginx],
  ] as const) {
    const file = await programFor(program, progress)
    if (!file) continue
    const server = await start({ program: file, folder, origin: edge })
    list.push({
      ...hit,
      key,
      what: `${key === 'nginx' ? 'nginx proxy_cache' : 'Varnish'} hit`,
      server,
      address,
    })
  }
  list.push(
    {
      ...hit,
      key: 'redis',
      what: 'Karcis, Redis hit (2,000 addresses, nothing kept in the process)',
      server: await karcis({ EDGE_CACHE_MB: '0' }),
      address: eventListSince('documentId'),
      distinct: 2_000,
    },
    {
      ...hit,
      key: 'mercurius',
      what: `Mercurius ${versionOf('mercurius')}, JIT and cache`,
      server: await peer('mercurius', 'mercurius'),
      address: eventList('mercurius'),
    },
    {
      ...hit,
      key: 'yoga',
      what: `GraphQL Yoga ${versionOf('graphql-yoga')}, response cache`,
      server: await peer('yoga', 'persistedQuery', { RESPONSE_CACHE: 'on' }),
      address: eventList('persistedQuery'),
    },
    {
      ...hit,
      key: 'apollo',
      what: `Apollo Server ${versionOf('@apollo/server')}, response cache`,
      server: await peer('apollo', 'persistedQuery'),
      address: eventList('persistedQuery'),
      headers: ['Apollo-Require-Preflight: true'],
    },
    {
      ...miss,
      key: 'miss',
      what: 'Karcis, miss (each address asked for the first time)',
      server: await karcis({ EDGE_CACHE_MB: '0', RESPONSE_CACHE: 'off' }),
      address: eventListSince('documentId'),
    },
    {
      ...miss,
      key: 'yoga-sql',
      what: 'GraphQL Yoga, hand-written SQL, no cache',
      server: await peer('yoga', 'persistedQuery'),
      address: eventListSince('persistedQuery'),
    },
  )
  return list
}

// Node writes these itself.
const HOP = new Set(['connection', 'keep-alive', 'date', 'transfer-encoding'])

/** The same headers and the same bytes, whatever is asked. */
async function startBare({ folder }: Stand, karcis: Server, path: string): Promise<Server> {
  const answer = await fetch(`http://127.0.0.1:${karcis.port}${path}`, {
    headers: { Accept: 'application/json', 'Accept-Encoding': 'identity' },
  })
  const stored: StoredAnswer = {
    headers: [...answer.headers].filter(([name]) => !HOP.has(name)),
    body: await answer.text(),
  }
  const [port, file] = [await freePort(), join(folder, 'answer.json')]
  await writeFile(file, JSON.stringify(stored))
  const program = withFlags(nodeFile('peers/bare.ts'), await productionFlags())
  return startServer([...program, String(port), file], {
    port,
    probe: '/',
    core: 'server',
    logFile: join(folder, 'bare.log'),
  })
}
