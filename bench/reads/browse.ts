// Clients that read, in a process of their own: wrk where it is installed, else ours, which reaches less.
import { nodeFile, runClient } from '../children.ts'
import type { Pace } from '../crowd.ts'
import { CONNECTIONS, type Reading, readerFile } from './plain-reader.ts'

/** `wrk`: the program, null to do without. Throws when an answer was not 200, or a connection broke. */
export async function browse(wrk: string | null, reading: Reading): Promise<Pace> {
  if (!wrk) return JSON.parse(await runClient(nodeFile(readerFile), 'clients', JSON.stringify(reading)))
  const { port, address, from, count, seconds, headers } = reading
  const script = nodeFile('reads/wrk.lua')[1] ?? ''
  const said = await runClient(
    [
      ...[wrk, '-t1', `-c${CONNECTIONS}`, `-d${seconds}`, '--timeout', '10', '-s', script],
      ...headers.flatMap((header) => ['-H', header]),
      ...[`http://127.0.0.1:${port}`, '--', address, String(from), String(count)],
    ],
    'clients',
  )
  const seen: Pace & { refused: number; broken: number } = JSON.parse(said.trim().split('\n').at(-1) ?? '')
  if (seen.refused + seen.broken > 0) {
    throw new Error(
      `Of ${seen.count} requests ${seen.refused} were refused and ${seen.broken} broke: ${address}`,
    )
  }
  return seen
}
