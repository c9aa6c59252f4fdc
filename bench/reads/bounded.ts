// Very many addresses through a small edge cache.
import { peakMemoryOf } from '../machine.ts'
import type { Stand } from '../stand.ts'
import { eventListSince } from './addresses.ts'
import { askEach } from './ask-each.ts'

const LIMIT_MB = 8
const STEP = 1_000

export interface Bounded {
  readonly addresses: number
  readonly limitBytes: number
  /** The most that the cache said it held. Null: it says nothing. */
  readonly mostBytes: number | null
  /** Of the process, in MB, before and after. */
  readonly memoryMb: readonly [number | null, number | null]
}

/** Asks Karcis for `addresses` different addresses that it may keep, and watches how much it keeps. */
export async function measureBounded(
  stand: Stand,
  addresses: number,
  progress: (line: string) => void,
): Promise<Bounded> {
  const settings = { EDGE_CACHE_MB: String(LIMIT_MB), RESPONSE_CACHE: 'off' }
  const server = await stand.startKarcis('server', settings)
  const contestant = { server, address: eventListSince('documentId', 1), headers: [] }
  const held: number[] = []
  await askEach(contestant, 0, STEP)
  const before = await peakMemoryOf(server.pid)
  for (let asked = STEP; asked < addresses; asked += STEP) {
    if (asked % 20_000 === 0) progress(`${asked} of ${addresses} addresses through ${LIMIT_MB} MB`)
    await askEach(contestant, asked, STEP)
    const bytes = await metricOf(stand, server.port, 'karcis_edge_cache_bytes')
    if (bytes !== null) held.push(bytes)
  }
  const after = await peakMemoryOf(server.pid)
  await server.stop()
  return {
    addresses,
    limitBytes: LIMIT_MB * 2 ** 20,
    mostBytes: held.length > 0 ? Math.max(...held) : null,
    memoryMb: [before, after],
  }
}

async function metricOf({ metricsToken }: Stand, port: number, name: string): Promise<number | null> {
  const answer = await fetch(`http://127.0.0.1:${port}/metrics`, {
    headers: { Authorization: `Bearer ${metricsToken}` },
  })
  const found = new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, 'm').exec(await answer.text())
  return found ? Number(found[1]) : null
}
