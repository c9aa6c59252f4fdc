import type { Redis } from 'ioredis'
import { Gauge } from 'prom-client'
import { countPending } from './migrations.ts'
import { expectPrimary } from './primary.ts'
import type { PrismaClient } from './prisma.ts'
import type { Log, Metrics } from './telemetry.ts'
import { within } from './within.ts'

/** How a part is that this process stands on. */
type State = 'ok' | 'unmigrated' | 'refuses_writes' | 'unavailable'

const STATES: readonly State[] = ['ok', 'unmigrated', 'refuses_writes', 'unavailable']

/** Ready: it may be sent requests. Degraded: it may as well, and something that it can do without is missing. */
export type Status = 'ok' | 'degraded' | 'unavailable'

export interface Readiness {
  /** Looked at once a second at most, however many ask. */
  check(): Promise<Status>
}

export interface ReadinessOptions {
  readonly prisma: PrismaClient
  /** What the database must have. */
  readonly migrations: readonly string[]
  /** By name. Each should refuse commands, or give up soon, while it is not connected. */
  readonly redis: Readonly<Record<string, Redis>>
  readonly log: Log
  readonly metrics: Metrics
}

const EVERY_MS = 1_000
const PATIENCE_MS = 2_000
// The server is there and answers, and takes no writes: it is full, a replica, or cannot write to disk.
const REFUSALS = /^(?:OOM|READONLY|MISCONF|NOREPLICAS|MASTERDOWN|NOPERM)\b/
// Written and never read: only a write finds out whether writes are taken.
const KEY = 'karcis:ready'
const KEPT_MS = 60_000

/** Looks after what this process stands on, and shows it in /metrics and, when it changes, in the log. */
export function createReadiness(options: ReadinessOptions): Readiness {
  const { log, metrics, migrations, prisma, redis } = options
  const gauge = new Gauge({
    name: 'karcis_dependency_state',
    help: 'State of what the process stands on: 1 for the one it was seen in last.',
    labelNames: ['dependency', 'state'],
    registers: [metrics.registry],
  })
  const seen = new Map<string, State>()
  const database = looker(async () => {
    await expectPrimary(prisma)
    return (await countPending(prisma, migrations)) > 0 ? 'unmigrated' : 'ok'
  })
  const others = Object.entries(redis).map(
    ([name, client]) => [name, looker(() => writable(client))] as const,
  )

  function note(name: string, state: State): void {
    const before = seen.get(name) ?? 'ok'
    seen.set(name, state)
    for (const one of STATES) gauge.set({ dependency: name, state: one }, one === state ? 1 : 0)
    if (state !== before)
      log[state === 'ok' ? 'info' : 'warn']({ dependency: name, state }, 'a dependency is')
  }

  async function look(): Promise<Status> {
    const [base, ...rest] = await Promise.all([database(), ...others.map(([, state]) => state())])
    note('database', base)
    for (const [index, state] of rest.entries()) note(others[index]?.[0] ?? '', state)
    if (base !== 'ok') return 'unavailable'
    // All processes share them, and orders and reads go on without: to take every process out of service would end these too.
    return rest.every((state) => state === 'ok') ? 'ok' : 'degraded'
  }

  let until = 0
  let last: Promise<Status> | null = null
  return {
    check() {
      if (last && performance.now() < until) return last
      // Whoever asks while it is being looked at is told what comes of it, and the second begins with the answer.
      until = Number.POSITIVE_INFINITY
      last = look().finally(() => {
        until = performance.now() + EVERY_MS
      })
      return last
    },
  }
}

/** Asks with patience. What has not answered is not asked again until it has: questions must not pile up. */
function looker(ask: () => Promise<State>): () => Promise<State> {
  let asking: Promise<State> | null = null
  return async () => {
    asking ??= ask()
      .catch((): State => 'unavailable')
      .finally(() => {
        asking = null
      })
    return within(PATIENCE_MS, asking).catch((): State => 'unavailable')
  }
}

async function writable(client: Redis): Promise<State> {
  try {
    await client.set(KEY, '1', 'PX', KEPT_MS)
    return 'ok'
  } catch (error) {
    if (error instanceof Error && REFUSALS.test(error.message)) return 'refuses_writes'
    throw error
  }
}
