// The public event list by GET, against node:http that gives the same bytes.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { freePort } from '../scripts/services/service.ts'
import type { StoredAnswer } from './bare.ts'
import { load, type Server, startServer } from './children.ts'
import { cpuOf, peakMemoryOf } from './machine.ts'
import { documentIdOf } from './operations.ts'
import type { Contest, Round } from './report.ts'
import type { Stand } from './stand.ts'

const CONNECTIONS = 64
const ROUNDS = 3
const SECONDS = 4
// Node writes these itself.
const HOP = new Set(['connection', 'keep-alive', 'date', 'transfer-encoding'])

async function startBare(stand: Stand, karcis: Server, path: string): Promise<Server> {
  const answer = await fetch(`http://127.0.0.1:${karcis.port}${path}`, {
    headers: { Accept: 'application/json', 'Accept-Encoding': 'identity' },
  })
  const stored: StoredAnswer = {
    headers: [...answer.headers].filter(([name]) => !HOP.has(name)),
    body: await answer.text(),
  }
  const [port, file] = [await freePort(), join(stand.folder, 'answer.json')]
  await writeFile(file, JSON.stringify(stored))
  const args = [String(port), file]
  return startServer('bare.ts', {
    port,
    probe: '/',
    core: 'server',
    logFile: join(stand.folder, 'bare.log'),
    args,
  })
}

async function round({ pid, port }: Server, path: string, seconds: number): Promise<Round> {
  const before = await cpuOf(pid)
  const seen = await load({ kind: 'read', clients: CONNECTIONS, seconds, port, path }, 'clients')
  const after = await cpuOf(pid)
  return { ...seen, cpuUs: before === null || after === null ? null : (after - before) / seen.count }
}

export async function measureReads(stand: Stand, progress: (line: string) => void): Promise<Contest> {
  const query = new URLSearchParams({
    documentId: documentIdOf('EventList'),
    variables: JSON.stringify({ first: 20 }),
  })
  const path = `/graphql?${query}`
  const karcis = await stand.startKarcis('server')
  const bare = await startBare(stand, karcis, path)
  const rows = {
    karcis: { what: `Event list by GET, ${CONNECTIONS} connections: Karcis`, rounds: [] as Round[] },
    bare: { what: '– limit: node:http, the same bytes', rounds: [] as Round[] },
  }
  progress('Event list: warming up')
  for (const server of [karcis, bare]) await round(server, path, 2)
  for (let number = 1; number <= ROUNDS; number += 1) {
    progress(`Event list: round ${number} of ${ROUNDS}`)
    rows.karcis.rounds.push(await round(karcis, path, SECONDS))
    rows.bare.rounds.push(await round(bare, path, SECONDS))
  }
  const limit = { ...rows.bare, peakMb: await peakMemoryOf(bare.pid) }
  const measured = { ...rows.karcis, peakMb: await peakMemoryOf(karcis.pid) }
  await Promise.all([karcis.stop(), bare.stop()])
  return { rows: [measured, limit], limit }
}
