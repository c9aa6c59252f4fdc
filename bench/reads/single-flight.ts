// Ten thousand who ask for one address at the same time, when nobody has the answer.
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'pg'
import { cpuOf } from '../machine.ts'
import type { Stand } from '../stand.ts'
import { at, eventListSince } from './addresses.ts'
import type { Contestant } from './contestants.ts'
import { requestOf } from './plain-reader.ts'
import { countStatements } from './statements.ts'

const SOCKETS = 500
const EACH = 20

export interface SingleFlight {
  readonly requests: number
  /** 200, with the same body as all others. */
  readonly alike: number
  /** SQL statements that all of them cost together. */
  readonly statements: number
}

/** The table is locked until all of them have come, so that none can be answered from what another one left. */
export async function measureSingleFlight(
  stand: Stand,
  { server, headers }: Contestant,
): Promise<SingleFlight> {
  const request = requestOf({ port: server.port, headers }, at(eventListSince('documentId', 1), 86_000_000))
  const blocker = new Client({ connectionString: stand.databaseUrl, application_name: 'karcis-bench' })
  blocker.on('error', () => undefined)
  await blocker.connect()
  const bodies: string[] = []
  const statements = await countStatements(stand, async () => {
    await blocker.query('BEGIN')
    await blocker.query('LOCK TABLE event IN ACCESS EXCLUSIVE MODE')
    const batch = Buffer.concat(Array.from({ length: EACH }, () => request))
    const asked = Array.from({ length: SOCKETS }, () => askAll(server.port, batch, EACH))
    await untilIdle(server.pid)
    await blocker.query('COMMIT')
    for (const answers of await Promise.all(asked)) bodies.push(...answers)
  })
  await blocker.end()
  const alike = bodies.filter((body) => body.includes('"edges"') && body === bodies[0]).length
  return { requests: SOCKETS * EACH, alike, statements }
}

/** Until a server has stopped working: it has read everything, and waits. */
async function untilIdle(pid: number): Promise<void> {
  const before = await cpuOf(pid)
  await sleep(400)
  for (let last = before, now = await cpuOf(pid); now !== last || now === before; ) {
    // Where there is no /proc, a second has to do.
    if (now === null) return sleep(1_000)
    await sleep(200)
    last = now
    now = await cpuOf(pid)
  }
}

/** Sends `count` requests at once on one connection, and gives the bodies of the answers that are 200. */
function askAll(port: number, requests: Buffer, count: number): Promise<string[]> {
  return new Promise((resolve, reject) => {
    const bodies: string[] = []
    let answered = 0
    let rest = ''
    const socket = connect(port, '127.0.0.1', () => socket.write(requests)).setEncoding('latin1')
    socket.on('error', reject)
    socket.on('close', () => resolve(bodies))
    socket.on('data', (chunk) => {
      rest += chunk
      for (let end = rest.indexOf('\r\n\r\n'); end >= 0; end = rest.indexOf('\r\n\r\n')) {
        const head = rest.slice(0, end)
        const length = Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? 0)
        if (rest.length < end + 4 + length) return
        if (head.startsWith('HTTP/1.1 200 ')) bodies.push(rest.slice(end + 4, end + 4 + length))
        rest = rest.slice(end + 4 + length)
        answered += 1
        if (answered === count) socket.destroy()
      }
    })
  })
}
