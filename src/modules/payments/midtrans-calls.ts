// One call to Midtrans: its turn, its way there and back, its repetitions, and the breaker before it. What is said is the
// gateway's.
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { type BreakerState, Broken, createBreaker } from '../../platform/breaker.ts'
import { BudgetSpent, createCallBudget, type Turn } from '../../platform/call-budget.ts'
import { GatewayAway, GatewayBusy, GatewayUnavailable } from './gateway.ts'

export interface CallOptions {
  readonly serverKey: string
  readonly fetch?: typeof fetch
  /** Of one call; 10 s unless told. */
  readonly timeoutMs?: number
  /** How long somebody waits for all tries together: none begins that could last longer. As long as it takes unless told. */
  readonly patienceMs?: number
  /** Before a call is made again, on average, twice as long the second time; 400 unless told. */
  readonly pauseMs?: number
  /** After so many calls in a row that nobody answered the provider is left alone for so long; 5 and 10 s unless told. */
  readonly breaker?: { readonly failures: number; readonly pauseMs: number }
  readonly onBreaker?: (state: BreakerState) => void
  /** How many calls may begin in a second; 100 unless told. */
  readonly callsPerSecond?: number
  /** Called when the provider's refusals (429) or its patience change that. */
  readonly onCallRate?: (perSecond: number) => void
}

/** charges: buyers wait for them. checks: of the reconciler and of notifications. refunds: of jobs. */
export type CallShare = 'charges' | 'checks' | 'refunds'
export type CallTurn = Turn<CallShare>

/** What nobody in particular waits for. */
export const CHECK: CallTurn = { share: 'checks', key: '' }
export const REFUND: CallTurn = { share: 'refunds', key: '' }

export interface Call {
  readonly step: 'charge' | 'snap' | 'status' | 'refund' | 'cancel' | 'expire'
  readonly url: string
  /** Sent by POST, under the key if there is one; without, it is a GET. */
  readonly post?: { readonly idempotencyKey?: string; readonly body: object }
}

export interface Reply {
  /** The body's status_code, which counts: many refusals come with HTTP 200. Snap has none: the HTTP status. */
  readonly code: string
  readonly body: unknown
}

export type Send = (call: Call, turn: CallTurn) => Promise<Reply>

const TIMEOUT_MS = 10_000
const TRIES = 3
const PAUSE_MS = 400
const BREAKER = { failures: 5, pauseMs: 10_000 }
const CALLS_PER_SECOND = 100
const WEIGHTS: Readonly<Record<CallShare, number>> = { charges: 5, checks: 3, refunds: 2 }
const MAX_WAITING = 1_000
const MAX_WAITING_BY_NETWORK = 50
const IN_PROCESS = 'still in process'

// The provider's own words stay out: they may repeat what we sent, the buyer's address included.
export const unclear = (step: Call['step'], reason: string) =>
  new GatewayUnavailable(`Midtrans, ${step}: ${reason}`)

/**
 * Asks up to three times, under one idempotency key, where asking again can help; not while nobody answers anybody. A 429
 * slows all calls down and is neither a failure nor a try; up to three of them are waited for.
 */
export function sender(options: CallOptions): Send {
  const breaker = createBreaker({
    ...(options.breaker ?? BREAKER),
    // Who is at it, or has enough to do, is there.
    isFailure: (answer) => typeof answer === 'string' && answer !== IN_PROCESS,
    onState: options.onBreaker ?? (() => undefined),
  })
  const budget = createCallBudget({
    perSecond: options.callsPerSecond ?? CALLS_PER_SECOND,
    weights: WEIGHTS,
    maxWaiting: MAX_WAITING,
    maxWaitingByKey: MAX_WAITING_BY_NETWORK,
    ...(options.pauseMs === undefined ? {} : { firstPauseMs: options.pauseMs }),
    ...(options.onCallRate ? { onRate: options.onCallRate } : {}),
  })
  const { timeoutMs = TIMEOUT_MS, patienceMs = Infinity } = options
  return async (call, turn) => {
    const until = performance.now() + patienceMs
    const left = () => until - performance.now() - timeoutMs
    // Where a call may take nearly as long as somebody waits, most of that is still for waiting: calls are quicker than that.
    const mayWaitMs = () => until - performance.now() - Math.min(timeoutMs, patienceMs / 2)
    let reason = ''
    let attempt = 0
    for (let refusals = 0; attempt < TRIES; ) {
      if (attempt > 0) {
        const pauseMs = Math.random() * (options.pauseMs ?? PAUSE_MS) * 2 ** attempt
        if (pauseMs > left()) break
        await sleep(pauseMs)
      }
      const answer = await once(call, turn, mayWaitMs())
      if (answer instanceof TooMany) {
        budget.slowDown(answer.retryAfterMs)
        refusals += 1
        if (refusals < TRIES) continue
        throw new GatewayBusy(`Midtrans, ${call.step}: answered 429`, answer.retryAfterMs ?? undefined)
      }
      if (typeof answer !== 'string') {
        budget.speedUp()
        return answer
      }
      reason = answer
      attempt += 1
    }
    throw unclear(call.step, `${reason}, after ${attempt === 1 ? 'one try' : `${attempt} tries`}`)
  }

  async function once(call: Call, turn: CallTurn, leftMs: number): Promise<Reply | TooMany | string> {
    try {
      breaker.check()
      await budget.take(turn, leftMs)
      return await breaker.run(() => ask(options, call))
    } catch (error) {
      const why = `Midtrans, ${call.step}: ${error instanceof Error ? error.message : ''}`
      if (error instanceof Broken) throw new GatewayAway(why, error.retryAfterMs)
      if (error instanceof BudgetSpent) throw new GatewayBusy(why, error.retryAfterMs)
      throw error
    }
  }
}

/** 429. Null: it does not say when to come back. */
class TooMany {
  readonly retryAfterMs: number | null

  constructor(retryAfterMs: number | null) {
    this.retryAfterMs = retryAfterMs
  }
}

/** Seconds, or a date (RFC 9110, 10.2.3), which counts from the answer's own: the provider's clock may differ from ours. */
function retryAfterOf({ headers }: Response): number | null {
  const header = headers.get('retry-after')
  if (header === null || header.trim() === '') return null
  const ms = /^\d+$/.test(header.trim())
    ? Number(header) * 1_000
    : Date.parse(header) - Date.parse(headers.get('date') ?? '')
  return Number.isFinite(ms) ? Math.max(0, ms) : null
}

/** One call: its reply, or in words why it should be made again. */
async function ask(options: CallOptions, { url, post }: Call): Promise<Reply | TooMany | string> {
  const timeoutMs = options.timeoutMs ?? TIMEOUT_MS
  try {
    const response = await (options.fetch ?? fetch)(url, {
      method: post ? 'POST' : 'GET',
      headers: {
        Accept: 'application/json',
        Authorization: `Basic ${Buffer.from(`${options.serverKey}:`).toString('base64')}`,
        ...(post ? { 'Content-Type': 'application/json' } : {}),
        ...(post?.idempotencyKey ? { 'Idempotency-Key': post.idempotencyKey } : {}),
      },
      ...(post ? { body: JSON.stringify(post.body) } : {}),
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
    })
    const body = parseJson(await response.text())
    // HTTP 202: an earlier call with this key is still in process. A status_code of 202 says "denied" instead.
    if (response.status === 202) return IN_PROCESS
    const code = StatusCode.safeParse(body).data?.status_code ?? String(response.status)
    if (response.status === 429 || code === '429') return new TooMany(retryAfterOf(response))
    return isTransient(String(response.status)) || isTransient(code) ? `answered ${code}` : { code, body }
  } catch (error) {
    const isLate = error instanceof Error && error.name === 'TimeoutError'
    return isLate ? `no answer in ${timeoutMs} ms` : 'the connection failed'
  }
}

const StatusCode = z.object({ status_code: z.string().regex(/^\d{3}$/) })
const isTransient = (code: string): boolean => code.startsWith('5')

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
