// One sale that is paid through the fake Midtrans: both sides of the money, and every hand that moves it.
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'
import type { AppDeps } from '../../../src/context.ts'
import { jobHandlers } from '../../../src/jobs.ts'
import type { MessageDeps } from '../../../src/modules/messages/channels.ts'
import { NO_DOCUMENTS } from '../../../src/modules/messages/channels.ts'
import { createMidtransGateway } from '../../../src/modules/payments/midtrans-gateway.ts'
import { type AccountCaller, guest } from '../../../src/platform/caller.ts'
import { addSeconds } from '../../../src/platform/clock.ts'
import { Busy, DomainError, Unavailable } from '../../../src/platform/errors.ts'
import type { Limiter } from '../../../src/platform/limiter.ts'
import {
  beginAttempts,
  bury,
  claimDue,
  closeRows,
  NOBODY,
  putOff,
} from '../../../src/platform/outbox-rows.ts'
import { type Answer, startApp, type TestApp } from '../../setup/app.ts'
import { tell } from '../../setup/fake-midtrans/notices.ts'
import { type FakeMidtrans, startFakeMidtrans } from '../../setup/fake-midtrans.ts'
import { createWorld, type Placed, type World } from '../world.ts'
import { untilDeath } from './mortal.ts'

export type TillDeps = AppDeps & MessageDeps

export interface Till {
  readonly app: TestApp
  readonly provider: FakeMidtrans
  readonly deps: TillDeps
  /** Ids of all mails that went out, copies included. */
  readonly mails: string[]
  close(): Promise<void>
}

/** Once for all sales. */
export async function openTill(): Promise<Till> {
  const provider = await startFakeMidtrans()
  const started = await startApp({
    environment: {
      PAYMENT_GATEWAY: 'midtrans',
      MIDTRANS_URL: provider.url,
      MIDTRANS_SERVER_KEY: provider.serverKey,
    },
  })
  const { deps: own, ...rest } = started.app
  const mails: string[] = []
  // As the app's own, but nobody waits long between two calls, and the breaker, which counts real time, never opens.
  const gateway = createMidtransGateway({
    serverKey: provider.serverKey,
    url: provider.url,
    clock: started.clock,
    timeoutMs: 200,
    pauseMs: 1,
    callsPerSecond: 100_000,
    breaker: { failures: 1_000_000, pauseMs: 1 },
  })
  Object.assign(own, { gateway })
  const deps: TillDeps = {
    ...own,
    mailer: {
      async send({ id }) {
        mails.push(id)
        return '250'
      },
    },
    whatsapp: null,
    leaseSeconds: 60,
    unpaidLimit: unlimited,
    unpaidNetworkLimit: unlimited,
    documentsFor: async () => NO_DOCUMENTS,
  }
  const app: TestApp = {
    ...started,
    app: { deps: own, ...rest },
    call: (...asked) => patiently(() => started.call(...asked)),
  }
  return {
    app,
    provider,
    deps,
    mails,
    async close() {
      await started.close()
      await provider.close()
    },
  }
}

const TRIES = 20

/** As a client does that is told to come back: with the same key. */
async function patiently(call: () => Promise<Answer>): Promise<Answer> {
  for (let tries = 1; ; tries += 1) {
    const answer = await call()
    if (answer.status !== 503 || tries === TRIES) return answer
    await sleep(5)
  }
}

/** A command until it has an answer: what it gives, or the refusal. */
async function settled<T>(command: () => Promise<T>): Promise<T | DomainError> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await command()
    } catch (error) {
      const again = error instanceof Busy || error instanceof Unavailable
      if (!again && error instanceof DomainError) return error
      // A connection that was cut in a plain read comes as whatever the driver calls it.
      if (tries === TRIES) throw error
      await sleep(5)
    }
  }
}

/** Where a process dies; null: it lives. */
export type Death = number | null

/** What the provider has said or will say, and has not got through yet. */
export interface Letter {
  readonly paymentId: string
  readonly body: string
  /** Of a refund that somebody else made: Midtrans repeats it until it is taken, and nothing else would tell us (0023). */
  readonly mustArrive: boolean
}

export interface Sale {
  readonly till: Till
  readonly world: World
  readonly caller: AccountCaller
  readonly orders: Placed[]
  readonly letters: Letter[]
  /** Payments that the provider knows, the oldest first. */
  charges(): string[]
  /** Runs a command to its answer; one that dies on the way is asked again under its key. */
  command<T>(death: Death, run: (deps: TillDeps) => Promise<T>): Promise<T | DomainError>
  /** Runs what nobody waits for: one that dies leaves the rest to the next. */
  chore(death: Death, run: (deps: TillDeps) => Promise<unknown>): Promise<void>
  /** The provider's word on a payment as it is now goes on its way. */
  post(paymentId: string, change?: object, mustArrive?: boolean): Letter
  deliver(letter: Letter): Promise<void>
  /** Does what is due of the outbox, as a worker; `copies` of each job at once. */
  work(death: Death, copies: number): Promise<void>
}

export async function createSale(till: Till): Promise<Sale> {
  const { app, provider, deps } = till
  till.mails.splice(0)
  const world = await createWorld(app)
  const { staff } = world
  const before = new Set(provider.orders.keys())
  const letters: Letter[] = []
  const sale: Sale = {
    till,
    world,
    caller: {
      kind: 'account',
      accountId: staff.id,
      sessionId: randomUUID(),
      name: 'Sari',
      email: staff.email,
      roles: new Map([[staff.organizerId, 'OWNER']]),
    },
    orders: [],
    letters,
    charges: () => [...provider.orders.keys()].filter((id) => !before.has(id)),
    async command(death, run) {
      if (death !== null) await untilDeath(deps, death, run)
      return settled(() => run(deps))
    },
    async chore(death, run) {
      if (death === null) await settled(() => run(deps))
      else await untilDeath(deps, death, run)
    },
    post(paymentId, change = {}, mustArrive = false) {
      const letter = { paymentId, body: provider.notice(paymentId, change), mustArrive }
      letters.push(letter)
      return letter
    },
    async deliver({ body }) {
      // Midtrans comes again when it is not told 200.
      let status = 0
      for (let tries = 0; status !== 200 && tries < TRIES; tries += 1)
        status = await tell(`${app.url}/webhooks/midtrans`, body)
      expect(status).toBe(200)
    },
    work: (death, copies) => sale.chore(death, (own) => work(own, copies)),
  }
  return sale
}

const unlimited: Limiter = {
  take: async () => ({ allowed: true, remaining: 1, resetSeconds: 1 }),
  hasLeft: async () => true,
  giveBack: async () => undefined,
  forget: async () => undefined,
}

/** One pass of a worker, without the queue: Redis may offer a job when it likes, and twice. */
async function work(deps: TillDeps, copies: number): Promise<void> {
  const handlers = jobHandlers(deps)
  for (const offered of await claimDue(deps, { allBut: [] }, addSeconds(deps.clock.now(), -60), 100)) {
    const [row] = await beginAttempts(deps, [offered])
    if (!row) continue
    const handler = handlers[row.kind]
    if (!handler) throw new Error(`Nobody does ${row.kind}.`)
    const runs = await Promise.allSettled(
      Array.from({ length: copies }, () => handler(row.id, row.payload, row.fairnessBucket)),
    )
    const failed = runs.find((run) => run.status === 'rejected')
    if (!failed) await closeRows(deps, [row.id])
    else if (row.attempts >= row.giveUpAfter) await bury(deps, row, String(failed.reason), NOBODY)
    else await putOff(deps.prisma, row, String(failed.reason), addSeconds(deps.clock.now(), 30))
  }
}

/** Nobody in particular, who has the link of an order. */
export const nobody = guest
