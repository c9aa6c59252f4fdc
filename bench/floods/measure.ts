// Quiet time and floods in turn: what another buyer waits for in each.
import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { median } from '../figures.ts'
import { watchOthers } from '../machine.ts'
import { documentIdOf } from '../operations.ts'
import type { Watched } from '../quiet.ts'
import type { Stand } from '../stand.ts'
import { buy, type Times } from './buyer.ts'
import type { Stage } from './stage.ts'
import type { Flooded, FloodName } from './work.ts'

export interface Plan {
  readonly rounds: number
  /** Of a round: so long in quiet, so long with the flood. */
  readonly seconds: number
  readonly atOnce: number
  readonly floods: readonly FloodName[]
}

/** Medians in milliseconds; null: fewer than half got it. */
export interface Waits {
  readonly buyers: number
  readonly failed: number
  readonly order: number | null
  readonly payment: number | null
  readonly mail: number | null
}

export interface Measured extends Watched {
  readonly name: FloodName
  readonly quiet: Waits
  readonly flooded: Waits
  readonly answers: Readonly<Record<string, number>>
  /** What one round of the flood left in Redis, in bytes. */
  readonly redisBytes: number
  readonly redisKeys: number
  /** That were sent while one round of the flood came. */
  readonly mails: number
  readonly refusedCalls: number
  /** Whether another buyer still got one of the small event's 100 tickets. */
  readonly othersCanBuy: boolean
  /** Whether the owner of the account that was guessed at could sign in, from another network. */
  readonly ownerSignsIn: boolean
  readonly firstError: string | null
}

const PAUSE_MS = 400

/** One buyer after the other, for so long. */
async function buyers(stage: Stage, seconds: number): Promise<Times[]> {
  const all: Promise<Times>[] = []
  const until = performance.now() + seconds * 1_000
  while (performance.now() < until) {
    all.push(buy(stage.shop).then(({ times }) => times))
    await sleep(PAUSE_MS)
  }
  return Promise.all(all)
}

function waitsOf(times: readonly Times[]): Waits {
  const middle = (value: (one: Times) => number | null) => {
    const known = times.flatMap((one) => value(one) ?? [])
    return known.length * 2 > times.length ? median(known) : null
  }
  return {
    buyers: times.length,
    failed: times.filter(({ error }) => error !== null).length,
    order: middle(({ order }) => order),
    payment: middle(({ payment }) => payment),
    mail: middle(({ mail }) => mail),
  }
}

/** What one round came to. */
interface Round {
  readonly quiet: readonly Times[]
  readonly flooded: readonly Times[]
  readonly said: Flooded
  readonly mails: number
  readonly redisBytes: number
  readonly redisKeys: number
  readonly othersCanBuy: boolean
  readonly ownerSignsIn: boolean
}

async function measureRound(stage: Stage, redis: Redis, name: FloodName, plan: Plan): Promise<Round> {
  const quiet = await buyers(stage, plan.seconds)
  const [bytes, keys, mails] = [await bytesIn(redis), await redis.dbsize(), stage.inbox.mails()]
  const attack = stage.attack({ ...stage.material, name, seconds: plan.seconds + 1, atOnce: plan.atOnce })
  // It is awaited below. A bench that is stopped meanwhile ends in order.
  attack.catch(() => undefined)
  await sleep(1_000)
  const flooded = await buyers(stage, plan.seconds)
  const said = await attack
  const round = {
    ...{ quiet, flooded, said },
    mails: stage.inbox.mails() - mails,
    redisBytes: (await bytesIn(redis)) - bytes,
    redisKeys: (await redis.dbsize()) - keys,
    othersCanBuy: (await buy({ ...stage.shop, ...stage.material.small })).order !== null,
    ownerSignsIn: await signsIn(stage),
  }
  await stage.clear()
  return round
}

export async function measureFlood(
  stand: Stand,
  stage: Stage,
  name: FloodName,
  plan: Plan,
): Promise<Measured> {
  const redis = new Redis(stand.environment['REDIS_URL'] ?? '')
  const seenOthers = await watchOthers()
  const refusedBefore = await stage.refusedCalls()
  const rounds: Round[] = []
  for (let round = 0; round < plan.rounds; round += 1)
    rounds.push(await measureRound(stage, redis, name, plan))
  redis.disconnect()
  const answers: Record<string, number> = {}
  for (const [outcome, count] of rounds.flatMap(({ said }) => Object.entries(said.outcomes)))
    answers[outcome] = (answers[outcome] ?? 0) + count
  const flooded = rounds.flatMap((round) => round.flooded)
  const errors = [...rounds.map(({ said }) => said.firstError), ...flooded.map(({ error }) => error)]
  return {
    ...{ name, answers },
    quiet: waitsOf(rounds.flatMap((round) => round.quiet)),
    flooded: waitsOf(flooded),
    redisBytes: median(rounds.map(({ redisBytes }) => redisBytes)),
    redisKeys: median(rounds.map(({ redisKeys }) => redisKeys)),
    mails: median(rounds.map(({ mails }) => mails)),
    refusedCalls: (await stage.refusedCalls()) - refusedBefore,
    othersCanBuy: rounds.every(({ othersCanBuy }) => othersCanBuy),
    ownerSignsIn: rounds.every(({ ownerSignsIn }) => ownerSignsIn),
    firstError: errors.find((error) => error !== null) ?? null,
    others: await seenOthers(),
  }
}

async function bytesIn(redis: Redis): Promise<number> {
  return Number(/^used_memory:(\d+)/m.exec(await redis.info('memory'))?.[1] ?? 0)
}

async function signsIn({ material }: Stage): Promise<boolean> {
  const variables = { input: { email: material.account, password: 'karcis-dev-only' } }
  const answer = await fetch(`http://127.0.0.1:${material.port}/graphql`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'X-Forwarded-For': '10.2.2.2' },
    body: JSON.stringify({ documentId: documentIdOf('Login'), variables }),
  })
  return (await answer.text()).includes('"accessToken"')
}
