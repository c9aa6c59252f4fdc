// One call to Midtrans: its way there and back, its repetitions, and the breaker before it. What is said is the gateway's.
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { type BreakerState, Broken, createBreaker } from '../../platform/breaker.ts'
import { GatewayAway, GatewayUnavailable } from './gateway.ts'

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
}

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

export type Send = (call: Call) => Promise<Reply>

const TIMEOUT_MS = 10_000
const TRIES = 3
const PAUSE_MS = 400
const BREAKER = { failures: 5, pauseMs: 10_000 }
const IN_PROCESS = 'still in process'

// The provider's own words stay out: they may repeat what we sent, the buyer's address included.
export const unclear = (step: Call['step'], reason: string) =>
  new GatewayUnavailable(`Midtrans, ${step}: ${reason}`)

/** Asks up to three times, under one idempotency key, where asking again can help; not while nobody answers anybody. */
export function sender(options: CallOptions): Send {
  const breaker = createBreaker({
    ...(options.breaker ?? BREAKER),
    // Who is at it is there.
    isFailure: (answer) => typeof answer === 'string' && answer !== IN_PROCESS,
    onState: options.onBreaker ?? (() => undefined),
  })
  const { timeoutMs = TIMEOUT_MS, patienceMs = Infinity } = options
  return async (call) => {
    const until = performance.now() + patienceMs
    let reason = ''
    let attempt = 0
    for (; attempt < TRIES; attempt += 1) {
      if (attempt > 0) {
        const pauseMs = Math.random() * (options.pauseMs ?? PAUSE_MS) * 2 ** attempt
        if (performance.now() + pauseMs + timeoutMs > until) break
        await sleep(pauseMs)
      }
      const answer = await breaker
        .run(() => ask(options, call))
        .catch((error: unknown) => {
          if (!(error instanceof Broken)) throw error
          throw new GatewayAway(`Midtrans, ${call.step}: ${error.message}`, error.retryAfterMs)
        })
      if (typeof answer !== 'string') return answer
      reason = answer
    }
    throw unclear(call.step, `${reason}, after ${attempt === 1 ? 'one try' : `${attempt} tries`}`)
  }
}

/** One call: its reply, or in words why it should be made again. */
async function ask(options: CallOptions, { url, post }: Call): Promise<Reply | string> {
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
    return isTransient(String(response.status)) || isTransient(code) ? `answered ${code}` : { code, body }
  } catch (error) {
    const isLate = error instanceof Error && error.name === 'TimeoutError'
    return isLate ? `no answer in ${timeoutMs} ms` : 'the connection failed'
  }
}

const StatusCode = z.object({ status_code: z.string().regex(/^\d{3}$/) })
const isTransient = (code: string): boolean => code === '429' || code.startsWith('5')

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
