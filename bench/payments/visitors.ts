// Buyers, gates and readers who come at steady rates, whether or not those before them were served.
import { setTimeout as sleep } from 'node:timers/promises'
import { type Answer, type Connection, open } from '../connection.ts'
import { networkOf, post, read } from '../requests.ts'
import { serveWork } from '../work.ts'
import type { Asked, Crowd, CrowdSeen, Mixed, MixedSeen } from './mixed.ts'

const CODE = /"code":"([A-Z_]+)"/
const RETRY_AFTER = /"retryAfter":(\d+)/
// Of who was not told how long to wait.
const WAIT_MS = 1_000

const idle: Connection[] = []
let people = 0

async function exchange(port: number, request: string): Promise<Answer> {
  const connection = idle.pop() ?? (await open(port))
  const answer = await connection.exchange(request)
  if (answer.isLast) connection.close()
  else idle.push(connection)
  return answer
}

serveWork(async ({ port, seconds, patienceSeconds, crowds }: Mixed): Promise<MixedSeen> => {
  const cpu = process.cpuUsage()
  const beganAt = Date.now()
  const began = performance.now()
  const until = began + (seconds + patienceSeconds) * 1_000
  let firstError: string | null = null

  async function ask(crowd: Crowd, request: string, due: number): Promise<Asked & { retryAfter: number }> {
    const seen = (outcome: string, retryAfter = 0) => ({
      due: due - began,
      ms: performance.now() - due,
      outcome,
      retryAfter,
    })
    try {
      const { status, body } = await exchange(port, request)
      const text = body.toString()
      if (status === 200 && text.includes(crowd.right)) return seen('ok')
      const code = CODE.exec(text)?.[1] ?? String(status)
      if (code !== 'PAYMENT_UNAVAILABLE') firstError ??= `${crowd.name}: ${status} ${text.slice(0, 300)}`
      return seen(status === 200 ? code : String(status), Number(RETRY_AFTER.exec(text)?.[1] ?? 0))
    } catch (error) {
      firstError ??= `${crowd.name}: ${String(error)}`
      return seen('broken')
    }
  }

  async function serve(crowd: Crowd): Promise<CrowdSeen> {
    const asked: Asked[] = []
    const again: Asked[] = []
    let unserved = 0

    async function visit(number: number, due: number): Promise<void> {
      const call = crowd.calls[number % crowd.calls.length]
      if (!call) return
      people += 1
      const told = { port, documentId: crowd.documentId, ...call }
      const request = crowd.isRead ? read(told) : post(told, networkOf(people.toString(16)))
      let { retryAfter, ...seen } = await ask(crowd, request, due)
      asked.push(seen)
      while (crowd.comesBack && seen.outcome !== 'ok' && performance.now() < until) {
        await sleep(retryAfter || WAIT_MS)
        ;({ retryAfter, ...seen } = await ask(crowd, request, performance.now()))
        again.push(seen)
      }
      if (seen.outcome !== 'ok') unserved += 1
    }

    const visits: Promise<void>[] = []
    for (let number = 0; number < crowd.perSecond * seconds; number += 1) {
      const due = began + (number * 1_000) / crowd.perSecond
      const wait = due - performance.now()
      if (wait > 0) await sleep(wait)
      visits.push(visit(number, due))
    }
    await Promise.all(visits)
    return { name: crowd.name, asked, again, unserved }
  }

  const seen = await Promise.all(crowds.map(serve))
  const { user, system } = process.cpuUsage(cpu)
  return { beganAt, crowds: seen, cpuUs: user + system, firstError }
})
