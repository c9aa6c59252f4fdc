// Buyers who come when they come, each with a connection of their own from the first click to the last answer. They do what
// the shop's page does: wait in the room if there is one, order once, and come back with the same key when told to.
import { setTimeout as sleep } from 'node:timers/promises'
import { percentile } from '../figures.ts'
import { seededRandom } from '../random.ts'
import { serveWork } from '../work.ts'
import { Buyer, type Tally } from './buyer.ts'
import { CURVE_SECONDS, type Spike, type SpikeSeen, type Times } from './spike.ts'

serveWork(async (spike: Spike): Promise<SpikeSeen> => {
  const random = seededRandom(spike.seed)
  // Moments of a Poisson process, given how many there are.
  const arrivals = Array.from({ length: spike.buyers }, () => random() * spike.withinSeconds * 1_000).sort(
    (a, b) => a - b,
  )
  const tally: Tally = { join: [], poll: [], order: [], busy: 0, errors: {} }
  const visits: number[] = []
  const answeredAt: number[] = []
  const soldAt: number[] = []
  const ends = { sold: 0, soldOut: 0, busyThenAnswered: 0 }
  const cpu = process.cpuUsage()
  const began = performance.now()
  const until = began + spike.patienceSeconds * 1_000

  async function visit(number: number, arrival: number): Promise<void> {
    await sleep(began + arrival - performance.now())
    const buyer = new Buyer(spike, number, tally, random)
    const end = await buyer.shop(until)
    if (!end) return
    const now = performance.now()
    visits.push(now - began - arrival)
    answeredAt.push(now - began)
    if (end === 'sold') soldAt.push(now - began)
    ends[end] += 1
    if (buyer.wasBusy) ends.busyThenAnswered += 1
  }
  await Promise.all(arrivals.map((arrival, number) => visit(number, arrival)))

  const { user, system } = process.cpuUsage(cpu)
  const seconds = (performance.now() - began) / 1_000
  const { join, poll, order, busy, errors } = tally
  return {
    ...ends,
    unanswered: spike.buyers - visits.length,
    busy,
    errors,
    join: timesOf(join),
    poll: timesOf(poll),
    order: timesOf(order),
    visit: timesOf(visits),
    soldOutSeconds: ends.soldOut > 0 ? Math.max(0, ...soldAt) / 1_000 : null,
    seconds,
    cpuUs: user + system,
    curves: {
      arrived: curveOf(arrivals, seconds),
      answered: curveOf(answeredAt, seconds),
      sold: curveOf(soldAt, seconds),
    },
  }
})

function timesOf(values: readonly number[]): Times {
  const at = percentile(values)
  return { count: values.length, p50: at(0.5), p99: at(0.99) }
}

/** How many moments lie before the end of each step. */
function curveOf(moments: readonly number[], seconds: number): number[] {
  const steps = Math.ceil(seconds / CURVE_SECONDS) + 1
  const counts = Array.from({ length: steps }, () => 0)
  for (const moment of moments) {
    const step = Math.ceil(moment / (CURVE_SECONDS * 1_000))
    counts[step] = (counts[step] ?? 0) + 1
  }
  let sum = 0
  return counts.map((count) => {
    sum += count
    return sum
  })
}
