// Visitors who look at the list, the event and what is left of it, so many a second whether they are answered or not: who
// waits for an answer before asking again would hide that answers are late.
import { setTimeout as sleep } from 'node:timers/promises'
import { type Connection, open } from '../connection.ts'
import { percentile } from '../figures.ts'
import { documentIdOf } from '../operations.ts'
import { serveWork } from '../work.ts'
import type { Browsing, BrowsingSeen } from './spike.ts'

// As a CDN or a proxy in front keeps them.
const CONNECTIONS = 64
const TICK_MS = 2

let stop: (() => Promise<BrowsingSeen>) | null = null

serveWork(async (work: Browsing): Promise<BrowsingSeen | object> => {
  if (work.kind === 'start') {
    stop = await start(work)
    return {}
  }
  if (!stop) throw new Error('Nobody browses.')
  return stop()
})

async function start({ port, item, perSecond }: Browsing & { kind: 'start' }) {
  const requests = requestsFor(port, item)
  const idle: Connection[] = []
  for (let number = 0; number < CONNECTIONS; number += 1) idle.push(await open(port))
  const all = [...idle]
  /** When somebody came for whom no connection was free. */
  const waiting: number[] = []
  const times: number[] = []
  const errors: Record<string, number> = {}
  const cpu = process.cpuUsage()
  const began = performance.now()
  let sent = 0
  let open_ = true

  async function ask(connection: Connection, cameAt: number, number: number): Promise<void> {
    try {
      const { status } = await connection.exchange(requests[number % requests.length] ?? '')
      times.push(performance.now() - cameAt)
      if (status !== 200) errors[status] = (errors[status] ?? 0) + 1
    } catch {
      errors['broken'] = (errors['broken'] ?? 0) + 1
      connection = await open(port)
      all.push(connection)
    }
    const next = waiting.shift()
    if (next === undefined) idle.push(connection)
    else void ask(connection, next, number + 1)
  }
  async function keepComing(): Promise<void> {
    while (open_) {
      const due = Math.floor(((performance.now() - began) / 1_000) * perSecond)
      for (; sent < due; sent += 1) {
        const cameAt = began + (sent / perSecond) * 1_000
        const connection = idle.pop()
        if (connection) void ask(connection, cameAt, sent)
        else waiting.push(cameAt)
      }
      await sleep(TICK_MS)
    }
  }
  const coming = keepComing()
  return async (): Promise<BrowsingSeen> => {
    open_ = false
    await coming
    const seconds = (performance.now() - began) / 1_000
    for (const until = performance.now() + 10_000; idle.length < CONNECTIONS && performance.now() < until; ) {
      await sleep(10)
    }
    const unanswered = sent - times.length - (errors['broken'] ?? 0)
    if (unanswered > 0) errors['unanswered'] = unanswered
    for (const connection of all) connection.close()
    const { user, system } = process.cpuUsage(cpu)
    const at = percentile(times)
    const rate = times.length / seconds
    return { count: times.length, p50: at(0.5), p99: at(0.99), perSecond: rate, errors, cpuUs: user + system }
  }
}

/** As a browser asks, in turn. */
function requestsFor(port: number, { eventId, slug }: { eventId: string; slug: string }): Buffer[] {
  const get = (operation: string, variables: object) => {
    const query = new URLSearchParams({
      documentId: documentIdOf(operation),
      variables: JSON.stringify(variables),
    })
    const head = [
      `GET /graphql?${query} HTTP/1.1`,
      `Host: 127.0.0.1:${port}`,
      'Accept: application/json',
      'Accept-Encoding: gzip',
    ]
    return Buffer.from(`${head.join('\r\n')}\r\n\r\n`)
  }
  return [
    get('EventList', { first: 20 }),
    get('EventDetail', { slug }),
    get('EventAvailability', { eventId }),
  ]
}
